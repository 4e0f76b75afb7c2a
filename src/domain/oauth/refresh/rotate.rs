//! Using a refresh token: judge, then one conditional statement.

use serde_json::json;

use super::{Family, Presented, RefreshTokens, Standing, Verdict, open::idle_end, store};
use crate::{
    app::{Cx, Letter, Message},
    domain::{clients, letters, oauth::confirmation::Confirmation, users},
    kernel::{Code, Error, Fact, Fault, Result, id::ClientId, secret::Secret},
};

/// How often a rotation that lost a race is judged again. Each loss means that another request made progress.
const ROUNDS: usize = 4;

/// What follows a token that is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Succession {
    /// Another token, and it is spent. A family that is bound to nothing yet is bound to this from now on (RFC 9449 §5: a public client
    /// that proves a key gets refresh tokens that are bound to it).
    Rotated(Confirmation),
    /// Itself: it stays good (FAPI 2.0 Security Profile §5.3.2.1, 9). Its client proves a key each time, so that it is of no use to a
    /// thief, and a client that loses an answer loses nothing.
    Kept,
}

/// A token that was used.
#[derive(Debug)]
pub struct Rotated {
    /// Its family, as it was judged.
    pub family: Family,
    /// The token that is good from now on.
    pub successor: Secret,
}

/// The family of a token, if Signet made the token and the family is there. Changes nothing.
pub async fn find(cx: &Cx, token: &str) -> Result<(Presented, Family, Standing)> {
    let presented = RefreshTokens(&cx.app.macs.refresh_token).read(token).ok_or_else(|| refused("not made here"))?;
    let found = store::find(cx.db().reader(), cx.tenant().id, presented.family, cx.now).await?;
    let (family, standing) = found.ok_or_else(|| refused("no such family"))?;
    Ok((presented, family, standing))
}

/// Carries out the judgment of a token that `client` presents. The request must have passed every other check: this spends.
pub async fn rotate(
    cx: &mut Cx,
    presented: &Presented,
    (mut family, mut standing): (Family, Standing),
    client: Option<ClientId>,
    succession: Succession,
) -> Result<Rotated> {
    let tokens = RefreshTokens(&cx.app.macs.refresh_token);
    let settings = &cx.config().tokens;
    for _ in 0..ROUNDS {
        let verdict = family.judge(presented.digest, client, standing, cx.now, settings.refresh_grace.std());
        let replacement = match verdict {
            Verdict::Rotate if matches!(succession, Succession::Kept) => {
                let idle_expires_at = idle_end(settings, cx.now, family.expires_at);
                if store::prolong(cx.db().lone_write().await, &family, idle_expires_at).await? {
                    return Ok(Rotated { family, successor: presented.token.clone() });
                }
                (family, standing) = judged_again(cx, presented).await?; // it was revoked, or rotated, meanwhile
                continue;
            }
            Verdict::Rotate => false,
            Verdict::Replace => true,
            Verdict::Retry => {
                let known = tokens.known_successor(presented, family.replaced, family.current);
                let successor = known.ok_or_else(|| Fault::broken("a refresh token's successor cannot be derived"))?;
                return Ok(Rotated { family, successor });
            }
            Verdict::Replayed => return Err(revoke(cx, &family).await?),
            Verdict::Expired | Verdict::Revoked | Verdict::Foreign | Verdict::SessionOver | Verdict::UserLocked => {
                return Err(refused(&format!("{verdict:?}")));
            }
        };
        let successor = tokens.successor(presented, replacement);
        let bound_to = match &succession {
            Succession::Rotated(held) if family.confirmation.is_empty() && !held.is_empty() => Some(held.clone()),
            _ => None,
        };
        let next = store::Next {
            current: successor.digest(),
            previous: presented.digest,
            replaced: replacement,
            at: cx.now,
            idle_expires_at: idle_end(settings, cx.now, family.expires_at),
            bound_to,
        };
        if store::advance(cx.db().lone_write().await, &family, &next).await? {
            if replacement {
                let mut fact = Fact::RefreshTokenReplaced.of(family.user).grant(family.id);
                fact.client = family.client;
                fact.session = Some(family.authentication.session);
                cx.begin().await?.record(fact);
            }
            return Ok(Rotated { family, successor });
        }
        // Another request with the same token was faster: judge what it left behind.
        (family, standing) = judged_again(cx, presented).await?;
    }
    Err(Code::Busy.because("too many requests with this refresh token").into())
}

async fn judged_again(cx: &Cx, presented: &Presented) -> Result<(Family, Standing)> {
    let found = store::find(cx.db().reader(), cx.tenant().id, presented.family, cx.now).await?;
    found.ok_or_else(|| refused("no such family any more"))
}

/// A spent token: the family dies, the fact is written, the person is told (RFC 9700 §4.14.2). Answers the settled refusal.
async fn revoke(cx: &mut Cx, family: &Family) -> Result<Error> {
    let user = users::store::find(cx.db().reader(), family.tenant, family.user).await?;
    let (product, now) = (cx.config().branding.product_name.clone(), cx.now);
    let application = match family.client {
        Some(id) => clients::store::find_by_row(cx.db().reader(), family.tenant, id).await?,
        None => None,
    };
    let name = application.map_or(product, |client| client.client_name);
    let device = cx.caller.device.clone();
    let link = cx.tenant().url("/");
    let tx = cx.begin().await?;
    if store::revoke(tx, family.tenant, family.id, "replayed").await? {
        let mut fact = Fact::RefreshTokenReplayed.of(family.user).grant(family.id);
        fact.client = family.client;
        fact.session = Some(family.authentication.session);
        tx.record(fact);
        if let Some(user) = user {
            let mut context = letters::device(&device);
            context.insert("application".into(), json!({ "name": name }));
            context.insert("at".into(), letters::at(now));
            context.insert("link".into(), link.into());
            let context = context.into();
            tx.send(Message { letter: Letter::RefreshReuse, to: user.email, user: Some(user.id), context });
        }
    }
    Ok(tx.settle(Code::InvalidGrant.because(SENTENCE).hiding("replayed")))
}

/// One sentence for every reason: a thief learns nothing from it.
const SENTENCE: &str = "the refresh token is unknown, spent, expired or of another client";

/// The one refusal of a refresh token; `hidden` is for the log.
pub fn refused(hidden: &str) -> Error {
    Code::InvalidGrant.because(SENTENCE).hiding(hidden).into()
}
