//! Telling clients from server to server that a session is over (OpenID Connect Back-Channel Logout 1.0), by a job. Several
//! nodes may do so at once: each notice is claimed by one of them, for as long as an attempt takes.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    app::{App, Cx, Guard, Operation},
    domain::{
        clients::{self, Client, Envelope},
        notices::{self, BATCH, Claimed, Errand, LEASE, Outcome, Told},
        oauth::{subject, token},
    },
    kernel::{
        Fault, Result, Time,
        id::{NoticeId, RequestId, SessionId},
    },
};

/// `typ` of logout tokens (§2.4).
pub const TYPE: &str = "logout+jwt";

/// The member of `events` that says what the token is about (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How long a logout token is good, in seconds: at most two minutes (§2.4); a later attempt makes a new one.
const GOOD_FOR: i64 = 120;

/// Tells the clients of a tenant what is due.
#[derive(Debug, Clone, Copy)]
pub struct SendNotices;

impl Operation for SendNotices {
    type Output = Told;
    const NAME: &'static str = "logout.send_notices";
    const GUARD: Guard = Guard::Service;

    async fn run(self, cx: &mut Cx) -> Result<Told> {
        let due = notices::store::due(cx.db().reader(), cx.tenant().id, cx.now, BATCH).await?;
        notices::round::<Attempt>(cx, due).await
    }
}

/// One attempt at one notice, which this node has claimed.
struct Attempt {
    notice: Claimed,
    /// Where to, and what; or why there is nothing to be sent.
    letter: Result<(String, String), Unsendable>,
}

/// Why a notice cannot be sent.
enum Unsendable {
    /// The client took its address back since the session ended: there is nobody to tell.
    NoAddress,
    /// The token could not be signed or encrypted. A key that is missing can be made: the notice waits for that.
    Unwritten,
}

impl Errand for Attempt {
    type Id = NoticeId;

    /// Claims a notice and writes its token, by the clock of the attempt: those before it in the batch may have taken a while. None
    /// where another node was faster.
    async fn prepare(cx: &Cx, notice: Self::Id) -> Result<Option<Self>> {
        let now = cx.app.clock.now();
        let claimed = notices::store::claim(cx.app.db.lone_write().await, notice, now, now + LEASE).await?;
        let Some(notice) = claimed else { return Ok(None) };
        let client = clients::store::find_by_row(cx.db().reader(), cx.tenant().id, notice.client).await?;
        let address = client.as_ref().and_then(|client| client.metadata.backchannel_logout_uri.clone());
        let letter = match (client, address) {
            (Some(client), Some(address)) => match write(cx, &client, &notice, now).await {
                Ok(token) => Ok((address, token)),
                Err(error) => {
                    tracing::error!(notice = %notice.id, %error, "a logout token cannot be written");
                    Err(Unsendable::Unwritten)
                }
            },
            _ => Err(Unsendable::NoAddress),
        };
        Ok(Some(Self { notice, letter }))
    }

    async fn make(self, app: Arc<App>) -> Result<Outcome> {
        let outcome = match &self.letter {
            Ok((address, token)) => notices::taken(app.http.post_form(address, &[("logout_token", token)]).await),
            Err(Unsendable::Unwritten) => Err("the logout token could not be written; the log says why".into()),
            Err(Unsendable::NoAddress) => {
                let why = "the client has no backchannel_logout_uri any more";
                notices::store::give_up(app.db.lone_write().await, &self.notice, why).await?;
                return Ok(Outcome::Failed);
            }
        };
        conclude(&app, &self.notice, outcome).await
    }
}

async fn conclude(app: &App, notice: &Claimed, outcome: Result<(), String>) -> Result<Outcome> {
    let (now, write) = (app.clock.now(), app.db.lone_write().await);
    let Err(why) = outcome else {
        notices::store::mark_sent(write, notice, now).await?;
        tracing::debug!(notice = %notice.id, attempt = notice.attempt, "a client was told of a session's end");
        return Ok(Outcome::Sent);
    };
    match notices::next_attempt(notice.attempt, now, notice.id.uuid()) {
        Some(at) => {
            notices::store::postpone(write, notice, at, &why).await?;
            tracing::debug!(notice = %notice.id, attempt = notice.attempt, why, "a client could not be told");
            Ok(Outcome::Postponed)
        }
        None => {
            notices::store::give_up(write, notice, &why).await?;
            tracing::warn!(notice = %notice.id, client = %notice.client, why, "a client was never told of a session's end");
            Ok(Outcome::Failed)
        }
    }
}

/// A logout token, encrypted as the client's ID tokens are (§2.4): who negotiated that refuses one in clear (§2.6).
async fn write(cx: &Cx, client: &Client, notice: &Claimed, now: Time) -> Result<String> {
    let envelope = Envelope::prepare(cx, client, clients::Answer::IdToken).await?;
    envelope.seal(sign(cx, client, notice, now)?)
}

/// A logout token (§2.4), signed as the client's ID tokens are (§2.6).
fn sign(cx: &Cx, client: &Client, notice: &Claimed, now: Time) -> Result<String> {
    let algorithm = token::id_token_algorithm(cx, client)?;
    let subject = subject::of(cx, client, notice.user)?;
    let claims = claims(&cx.tenant().issuer, &client.client_id, &subject, notice.session, now);
    let signed = cx.app.keyrings.of(cx.tenant().id)?.sign(algorithm, TYPE, &claims, now);
    signed.map_err(|error| Fault::broken_by("a logout token cannot be signed", error).into())
}

/// Never a `nonce`: a logout token must not pass for an ID token (§2.4).
fn claims(issuer: &str, client_id: &str, subject: &str, session: SessionId, now: Time) -> Value {
    let iat = now.timestamp();
    json!({
        "iss": issuer,
        "sub": subject,
        "aud": client_id,
        "iat": iat,
        "exp": iat + GOOD_FOR,
        "jti": format!("lo_{}", RequestId::fresh().uuid().simple()),
        "sid": session,
        "events": { EVENT: {} },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Clock;

    #[test]
    fn a_logout_token_says_what_the_specification_wants_and_no_more() {
        let (session, now) = (SessionId::fresh(), Clock::System.now());
        let token = claims("https://id.example.test", "shop", "ada", session, now);
        let names: Vec<_> = token.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = ["iss", "sub", "aud", "iat", "exp", "jti", "sid", "events"];
        expected.sort_unstable();
        let mut sorted = names;
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        assert_eq!(token["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
        assert_eq!(token["sid"], session.to_string());
        assert!(token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap() <= 120);
        let again = claims("https://id.example.test", "shop", "ada", session, now);
        assert_ne!(token["jti"], again["jti"]);
    }
}
