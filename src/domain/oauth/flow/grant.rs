//! Everything stands: the client is given what it asked for (RFC 6749 §4.1.2, Multiple Response Types).

use super::{AuthorizationResponse, Flow, Wrapping};
use crate::{
    app::Cx,
    domain::{
        clients::{self, Answer, Client, Envelope},
        consents::Epoch,
        notices,
        oauth::{
            code,
            confirmation::Confirmation,
            details,
            refresh::Authentication,
            session_state,
            token::{self, Beside, Granted, IdTokenOrder, Wanted},
        },
        users,
    },
    kernel::{
        Code, Fact, Principal, Result,
        id::{GrantId, UserId},
        secret::Secret,
    },
};

/// Answers a flow that is done. Begins the operation's transaction: the fact becomes true with the answer.
pub async fn grant(
    cx: &mut Cx,
    flow: &Flow,
    client: &Client,
    person: &Principal,
    epoch: Epoch,
) -> Result<AuthorizationResponse> {
    clients::documents::adopt(cx, client).await?;
    let request = &flow.request;
    let wrapping = Wrapping::prepare(cx, client, &request.address).await?;
    let authentication = Authentication {
        at: person.authenticated_at,
        methods: person.methods.clone(),
        session: person.session,
        claims: request.claims.clone(),
        epoch,
        ds_hash: None,
    };
    let whose = (person.user, &authentication);
    let grant = GrantId::fresh(); // one for all: a replayed code revokes what came beside it (RFC 6749 §4.1.2)
    let mut parameters = Vec::new();
    let code = match request.response_type.code {
        true => Some(code::issue(cx, flow, client, whose, grant).await?),
        false => None,
    };
    parameters.extend(code.as_ref().map(|code| ("code", code.expose().to_owned())));
    if request.response_type.is_front_channel() {
        parameters.extend(tokens(cx, flow, client, whose, grant, code.as_ref()).await?);
    }
    let fact = Fact::AuthorizationGranted.of(person.user).client(client.id).session(person.session).grant(grant);
    let (tenant, redirect_uri) = (cx.tenant().id, &request.address.redirect_uri);
    let state = session_state::session_state(&cx.app, client, redirect_uri, person.session)?;
    parameters.extend(state.map(|state| ("session_state", state)));
    let tx = cx.begin().await?;
    tx.record(details::noted(fact.with("scope", request.scope.to_string()), &request.details));
    clients::registration::store::note_answer(tx, client).await?;
    notices::store::note_client(tx, tenant, person.session, client.id).await?; // it hears of the session's end
    AuthorizationResponse::granted(cx, client, request.address.clone(), &wrapping, parameters)
}

/// The tokens that come with the answer (OpenID Connect Core §3.2.2.5, §3.3.2.5).
async fn tokens(
    cx: &Cx,
    flow: &Flow,
    client: &Client,
    (user, authentication): (UserId, &Authentication),
    grant: GrantId,
    code: Option<&Secret>,
) -> Result<Vec<(&'static str, String)>> {
    let (request, kind) = (&flow.request, flow.request.response_type);
    let mut parameters = Vec::new();
    let mut access_token = None;
    if kind.token {
        let granted = Granted { scope: &request.scope, resources: &request.resources, details: &request.details };
        let target = token::aim(cx, client, granted, Wanted::default()).await?;
        // Nothing proves possession in a browser: these are bearer tokens.
        let whose = Some((user, authentication, grant));
        let token = token::access_token(cx, client, &target, whose, &Confirmation::default())?;
        parameters.push(("access_token", token.expose().to_owned()));
        parameters.push(("token_type", "Bearer".to_owned()));
        parameters.push(("expires_in", target.ttl.to_string()));
        parameters.push(("scope", target.scope.to_string()));
        access_token = Some(token);
    }
    if kind.id_token {
        let envelope = Envelope::prepare(cx, client, Answer::IdToken).await?;
        let user = users::store::find(cx.db().reader(), cx.tenant().id, user).await?;
        let user = user.ok_or_else(|| Code::AccessDenied.because("the person is gone"))?;
        // Where no access token is ever issued, nobody can ask userinfo: the ID token says it all (Core §5.4).
        let all_there_is = !kind.token && !kind.code;
        let claims_of = all_there_is.then(|| request.scope.clone());
        let order = IdTokenOrder { nonce: request.nonce.clone(), claims_of, grant: Some(grant) };
        let beside = Beside { access_token: access_token.as_ref().map(Secret::expose), code: code.map(Secret::expose) };
        let id_token = token::id_token(cx, client, (&user, authentication), &order, beside, &envelope)?;
        parameters.push(("id_token", id_token.expose().to_owned()));
    }
    Ok(parameters)
}
