//! The exchange that signs an app in (§4.1 to §4.4).

use super::{
    SCOPE,
    judge::{Shared, same_vendor, shared},
};
use crate::{
    app::Cx,
    domain::{
        clients::{self, Client, GrantType},
        consents::{self, Asked},
        oauth::{
            exchange::TokenType,
            grants::TokenRequest,
            refresh::{self, Authentication, Opening},
            scopes::OFFLINE_ACCESS,
            subject,
            token::{
                Entitlement, Exchange, Granted, IdTokenOrder, Lineage, Subject, aim,
                standing::{self, Alive, Dependence},
            },
        },
        sessions, signing,
    },
    kernel::{Code, Error, Fact, Result, details::Details, id::GrantId, scope::Scopes, secret::Secret},
};

/// What an app of the same vendor is entitled to. A public client may ask: what it presents was kept in storage that only the
/// vendor's apps on this device can read (§6.1), and is two things, of which one alone is worth nothing.
pub async fn sign_in(cx: &mut Cx, request: &TokenRequest) -> Result<Entitlement> {
    let client = &request.client;
    let issued = judge_form(cx, request)?;
    let secret = Secret::new(request.parameters.required("actor_token")?);
    let shared = believed(cx, request, &secret).await?;
    let asked = wanted(client, request.parameters.once("scope")?)?;
    let (alive, mut authentication) = session(cx, client, &shared).await?;
    judge_consent(cx, client, &alive, &asked, &request.resources).await?;
    // The same pair signs in the next app, too: the secret is good as long as the session (§4.4).
    authentication.ds_hash = Some(super::device_secret::hash(&secret));
    // Nobody is asked, so nothing is allowed in detail.
    let none = Details::default();
    let granted = Granted { scope: &asked, resources: &request.resources, details: &none };
    let target = aim(cx, client, granted, request.wanted()).await?;
    let (grant, user) = (GrantId::fresh(), alive.user);
    let opening = Opening {
        grant,
        tenant: cx.tenant().id,
        user: user.id,
        client: Some(client.id),
        session: (!asked.has(OFFLINE_ACCESS)).then_some(shared.session),
        scope: asked.clone(),
        resources: request.resources.clone(),
        details: none,
        confirmation: request.refresh_confirmation(),
        authentication: authentication.clone(),
    };
    let app = cx.app.clone();
    let tx = cx.begin().await?;
    let refresh_token = match client.may(GrantType::RefreshToken) {
        true => Some(refresh::open(tx, &app.macs.refresh_token, &app.config.tokens, opening).await?),
        false => None,
    };
    let fact = Fact::TokenExchanged.of(user.id).client(client.id).session(shared.session).grant(grant);
    let fact = fact.with("client_id", client.client_id.clone()).with("mode", "native-sso");
    tx.record(fact.with("from", [shared.client_id]).with("scope", asked.to_string()));
    Ok(Entitlement {
        subject: Subject::Person { user: Box::new(user), authentication, grant },
        target,
        refresh_token,
        id_token: asked.has("openid").then(|| IdTokenOrder::of(grant)),
        device_secret: None,
        exchange: Some(Exchange { lineage: Lineage::default(), issued }),
    })
}

/// The parameters beside the tokens (§4.1); what is to be issued.
fn judge_form(cx: &Cx, request: &TokenRequest) -> Result<TokenType> {
    let parameters = &request.parameters;
    let kind = TokenType::parse("subject_token_type", parameters.required("subject_token_type")?)?;
    if kind != TokenType::IdToken {
        return Err(Code::InvalidRequest.because("a device secret belongs to an ID token (subject_token_type)").into());
    }
    let issued = match parameters.once("requested_token_type")? {
        Some(name) => TokenType::parse("requested_token_type", name)?,
        None => TokenType::AccessToken,
    };
    if issued != TokenType::AccessToken {
        return Err(Code::InvalidRequest.because("requested_token_type must be an access token").into());
    }
    if parameters.required("audience")? != cx.tenant().issuer {
        return Err(Code::InvalidTarget.because("audience must be this issuer").into());
    }
    Ok(issued)
}

/// The sign-in that the pair stands for, if both belong together and to an app of the same vendor. The ID token may have expired:
/// its session decides (§4.3).
async fn believed(cx: &Cx, request: &TokenRequest, secret: &Secret) -> Result<Shared> {
    let hint = request.parameters.required("subject_token")?;
    let verified = signing::verify_hint(&cx.app, cx.tenant(), hint, cx.now).await?;
    let claims = verified.map_err(|invalid| refused(invalid.to_string()))?.claims;
    let shared = shared(&claims, secret).map_err(|why| refused(why.to_string()))?;
    let other = clients::find_active(&cx.app, cx.tenant().id, &shared.client_id).await?;
    same_vendor(&request.client, other.as_ref()).map_err(|why| refused(why.to_string()))?;
    let known = other.ok_or_else(|| refused("the other app is gone".into()))?;
    // Whom the ID token names is the person of the session, by the name that the other app knows.
    let session = sessions::store::find(cx.db().reader(), cx.tenant().id, shared.session).await?;
    let same = |user| Ok::<_, Error>(subject::of(cx, &known, user)? == shared.subject);
    match session {
        Some(session) if same(session.user)? => Ok(shared),
        _ => Err(refused("another person's session, or none".into())),
    }
}

/// The scopes that are asked for, as far as the app may have them; `openid` without any.
fn wanted(client: &Client, asked: Option<&str>) -> Result<Scopes> {
    let asked =
        Scopes::parse(asked.unwrap_or("openid")).map_err(|error| Code::InvalidScope.because(error.to_string()))?;
    let scope = asked.intersection(&client.scope).without(SCOPE);
    Ok(if client.may(GrantType::RefreshToken) { scope } else { scope.without(OFFLINE_ACCESS) })
}

/// The live session, and how the person signed in there.
async fn session(cx: &Cx, client: &Client, shared: &Shared) -> Result<(Alive, Authentication)> {
    let (db, tenant) = (cx.db().reader(), cx.tenant().id);
    let over = || refused("the session is over".into());
    let session = sessions::store::find(db, tenant, shared.session).await?.ok_or_else(over)?;
    let whose = Dependence { user: session.user, session: Some(session.id), grant: None, client_id: &client.client_id };
    let alive =
        standing::find(db, tenant, whose).await?.filter(|alive| alive.is_session_live(cx.now)).ok_or_else(over)?;
    let authentication = Authentication {
        at: session.authenticated_at,
        methods: session.methods,
        session: session.id,
        claims: Default::default(),
        epoch: alive.epoch,
        ds_hash: None,
    };
    Ok((alive, authentication))
}

/// Nobody is asked here, so nothing may be left to ask (§4.3, fifth rule).
async fn judge_consent(cx: &Cx, client: &Client, alive: &Alive, scope: &Scopes, resources: &[String]) -> Result<()> {
    let held = consents::store::find(cx.db().reader(), cx.tenant().id, alive.user.id, client.id).await?;
    let none = Details::default();
    let asked = Asked { scope, resources, details: &none, once: false };
    // The pair proves which app it is: it came from storage that only the vendor's apps read.
    if consents::is_covered(asked, held.consent.as_ref(), client.first_party, true) {
        return Ok(());
    }
    Err(Code::InvalidScope.because("the person has to allow this app some of it first, in a browser").into())
}

/// One sentence for every reason (§4.3, RFC 6749 §5.2).
fn refused(hidden: String) -> Error {
    let sentence = "the ID token and the device secret are not a pair that signs this app in, or the session is over";
    Code::InvalidGrant.because(sentence).hiding(hidden).into()
}
