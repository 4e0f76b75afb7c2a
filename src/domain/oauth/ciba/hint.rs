//! Whom a request means (OpenID CIBA Core §7.1).

use keys::{Foreign, Invalid};

use super::asked::Hint;
use crate::{
    app::{Cx, too_many},
    domain::{
        clients::{Client, SubjectType},
        issuers::{self, Disbelief, Expected, Use, Whose},
        oauth::{logout, subject},
        rates::rate,
        sessions, signing,
        users::{self, User},
    },
    kernel::{
        Code, Refusal, Result,
        email::canonical_name,
        id::{SessionId, UserId},
    },
};

/// The person. How many unknown ones a client may name is limited: it must not try out who has an account.
///
/// # Errors
/// `unknown_user_id`, `expired_login_hint_token`, or `too_many_requests` where the client has named too many who are not here.
pub(super) async fn person(cx: &Cx, client: &Client, hint: &Hint) -> Result<User> {
    let (bucket, all) =
        (cx.bucket("backchannel.unknown", &client.client_id), rate(cx.config().limits.backchannel_unknown_per_client));
    let allowance = cx.ephemeral().peek(&bucket, all).await?;
    if !allowance.allowed {
        return Err(too_many(allowance.retry_after));
    }
    let found = match hint {
        Hint::Login(name) => by_name(cx, client, name).await?,
        Hint::IdToken(token) => by_id_token(cx, client, token).await?,
        Hint::Token(token) => by_issuer(cx, client, token).await?,
    };
    match found.filter(|user| !user.is_locked()) {
        Some(user) => Ok(user),
        None => {
            cx.ephemeral().hit(&bucket, all).await?;
            Err(Code::UnknownUserId.because("the hint names nobody here who could be asked").into())
        }
    }
}

/// By an address that is proved, for one that is not may have been registered by anybody; or by what `sub` says to this client.
async fn by_name(cx: &Cx, client: &Client, name: &str) -> Result<Option<User>> {
    if let Ok(id) = name.parse::<UserId>() {
        return by_subject(cx, client, name, Some(id)).await;
    }
    if name.len() > 320 || name.contains('\0') {
        return Ok(None);
    }
    let found = users::store::find_by_email(cx.db().reader(), cx.tenant().id, &canonical_name(name)).await?;
    Ok(found.filter(|user| user.email_verified_at.is_some()))
}

/// By an ID token that this client was given, expired or not (§7.1).
async fn by_id_token(cx: &Cx, client: &Client, token: &str) -> Result<Option<User>> {
    let verified = signing::verify_hint(&cx.app, cx.tenant(), token, cx.now).await?;
    let Some(hint) = verified.ok().and_then(|verified| logout::Hint::read(&verified.claims)) else {
        return Ok(None);
    };
    if hint.client_id != client.client_id {
        return Ok(None);
    }
    let id = match (client.metadata.subject_type, hint.session) {
        (SubjectType::Public, _) => hint.subject.parse().ok(),
        // What a pairwise client calls the person cannot be turned back; the session says whose it was.
        (SubjectType::Pairwise, Some(session)) => owner(cx, session).await?,
        (SubjectType::Pairwise, None) => None,
    };
    by_subject(cx, client, &hint.subject, id).await
}

async fn owner(cx: &Cx, session: SessionId) -> Result<Option<UserId>> {
    let found = sessions::store::find(cx.db().reader(), cx.tenant().id, session).await?;
    Ok(found.map(|session| session.user))
}

/// The person of this identifier, if the client calls them so.
async fn by_subject(cx: &Cx, client: &Client, subject: &str, id: Option<UserId>) -> Result<Option<User>> {
    let Some(id) = id else { return Ok(None) };
    let found = users::store::find(cx.db().reader(), cx.tenant().id, id).await?;
    match found {
        Some(user) if subject::of(cx, client, user.id)? == subject => Ok(Some(user)),
        _ => Ok(None),
    }
}

/// By what an issuer says that was registered for this: a JWT with `sub`, as its subjects are mapped.
async fn by_issuer(cx: &Cx, client: &Client, token: &str) -> Result<Option<User>> {
    let Ok(Some(issuer)) = Foreign::parse(token).and_then(|foreign| foreign.claimed("iss")) else { return Ok(None) };
    let expected = Expected {
        used: Use::LoginHint,
        types: &["JWT"],
        audiences: &[&cx.tenant().issuer],
        agreed: true,
        sole: false,
        svid: false,
        required: &["iss", "sub", "aud", "exp"],
        lasting: false,
    };
    let believed = match issuers::believe(cx, &issuer, token, &expected).await? {
        Ok(believed) if believed.issuer.is_for(&client.client_id) => believed,
        Err(Disbelief::Invalid(Invalid::Expired)) => return Err(expired().into()),
        _ => return Ok(None),
    };
    Ok(match issuers::whose(cx, &believed).await? {
        Some(Whose::Person { user, .. }) => Some(*user),
        Some(Whose::Service(_)) | None => None,
    })
}

fn expired() -> Refusal {
    Code::ExpiredLoginHintToken.because("the login_hint_token has expired")
}
