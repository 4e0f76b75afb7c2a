//! What a backchannel authentication request asks (OpenID CIBA Core §7.1). Pure.

use chrono::TimeDelta;

use crate::{
    domain::{
        clients::{Client, DeliveryMode},
        oauth::{Parameters, scopes},
    },
    kernel::{Code, Refusal, scope::Scopes, secret::Secret, text},
};

/// Longest message that two screens are compared by, in characters: it is read, not studied.
const LONGEST_MESSAGE: usize = 100;

/// Longest token that we show when we call on the client, in characters (§7.1).
const LONGEST_NOTIFICATION_TOKEN: usize = 1024;

/// Shortest life of a request, in seconds: nobody decides faster.
const SHORTEST: u64 = 10;

/// A request, read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    /// What for.
    pub(super) scope: Scopes,
    /// What access tokens are to be for, by URI.
    pub(super) resources: Vec<String>,
    /// Who is meant.
    pub(super) hint: Hint,
    /// What the person is to see at the client as well.
    pub(super) binding_message: Option<String>,
    /// What we show when we call on the client; none where it does not want to be called on.
    pub(super) notification_token: Option<Secret>,
    /// How long it lives.
    pub(super) ttl: TimeDelta,
}

/// Who is meant, by one of three ways to say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hint {
    /// An address, or what `sub` says.
    Login(String),
    /// An ID token of theirs.
    IdToken(String),
    /// What an issuer says that we know.
    Token(String),
}

/// How long requests live, in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetimes {
    /// Where the client does not say.
    pub(super) usual: u64,
    /// At most.
    pub(super) longest: u64,
}

/// Reads a request of `client`, whose way of being told is registered. `acr_values` are voluntary here (§7.1), and there is one class
/// only: they are not looked at.
///
/// # Errors
/// `invalid_request`, `invalid_scope` or `invalid_binding_message` (§13), `invalid_authorization_details` (RFC 9396 §5).
pub(super) fn read(client: &Client, parameters: &Parameters, lifetimes: Lifetimes) -> Result<Asked, Refusal> {
    // Whoever sends one believes that it protects the person (§7.1): it would not.
    if parameters.once("user_code")?.is_some() {
        return Err(Code::InvalidRequest.because("user_code is not supported"));
    }
    // Left out without a word, the client would take tokens for more than they are (RFC 9396 §5).
    if parameters.once("authorization_details")?.is_some() {
        return Err(Code::InvalidAuthorizationDetails.because("authorization_details cannot be asked for in this way"));
    }
    // It is required here (§7.1): there is nothing usual.
    let scope = scopes::permitted(client, parameters.once("scope")?, &Scopes::default())?;
    if !scope.has("openid") {
        return Err(Code::InvalidScope.because("the scope lacks openid, or the client may not ask for it"));
    }
    Ok(Asked {
        scope,
        resources: parameters.distinct("resource"),
        hint: hint(parameters)?,
        binding_message: binding_message(parameters.once("binding_message")?)?,
        notification_token: notification_token(client, parameters.once("client_notification_token")?)?,
        ttl: ttl(parameters.once("requested_expiry")?, lifetimes)?,
    })
}

/// Exactly one of the three.
fn hint(parameters: &Parameters) -> Result<Hint, Refusal> {
    let text = |name| parameters.once(name).map(|value| value.map(str::to_owned));
    match (text("login_hint")?, text("id_token_hint")?, text("login_hint_token")?) {
        (Some(login), None, None) => Ok(Hint::Login(login)),
        (None, Some(token), None) => Ok(Hint::IdToken(token)),
        (None, None, Some(token)) => Ok(Hint::Token(token)),
        _ => Err(Code::InvalidRequest
            .because("exactly one of login_hint, id_token_hint and login_hint_token has to say who is meant")),
    }
}

fn binding_message(sent: Option<&str>) -> Result<Option<String>, Refusal> {
    let judged = |message| text::line(message, LONGEST_MESSAGE);
    sent.map(judged)
        .transpose()
        .map_err(|why| Code::InvalidBindingMessage.because(format!("the binding_message {why}")))
}

/// A token as the `Authorization` header takes it (RFC 6750 §2.1).
fn notification_token(client: &Client, sent: Option<&str>) -> Result<Option<Secret>, Refusal> {
    if client.metadata.backchannel.backchannel_token_delivery_mode != Some(DeliveryMode::Ping) {
        return Ok(None);
    }
    let token = sent.ok_or_else(|| Code::InvalidRequest.because("client_notification_token is missing"))?;
    let body = token.trim_end_matches('=');
    let sound = body.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b));
    if body.is_empty() || token.len() > LONGEST_NOTIFICATION_TOKEN || !sound {
        let why = "client_notification_token is longer than 1024 characters, or none that a header takes";
        return Err(Code::InvalidRequest.because(why));
    }
    Ok(Some(Secret::new(token)))
}

/// What the client wishes, within what is allowed.
fn ttl(requested: Option<&str>, lifetimes: Lifetimes) -> Result<TimeDelta, Refusal> {
    let seconds = match requested {
        None => lifetimes.usual,
        Some(text) => {
            let wished = text.parse().ok().filter(|seconds| *seconds > 0 && !text.starts_with('+'));
            wished.ok_or_else(|| Code::InvalidRequest.because("requested_expiry is no positive whole number"))?
        }
    };
    let seconds = seconds.clamp(SHORTEST, lifetimes.longest.max(SHORTEST));
    Ok(TimeDelta::seconds(i64::try_from(seconds).unwrap_or(i64::from(u32::MAX))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clients::{Backchannel, testing::client};

    const LIFETIMES: Lifetimes = Lifetimes { usual: 300, longest: 3600 };

    fn asking(mode: DeliveryMode, pairs: &[(&str, &str)]) -> Result<Asked, Code> {
        let mut client = client();
        client.metadata.backchannel =
            Backchannel { backchannel_token_delivery_mode: Some(mode), ..Backchannel::default() };
        let usual = [("scope", "openid email"), ("login_hint", "ada@example.test")];
        let named = |name: &str| pairs.iter().any(|(each, _)| *each == name);
        let all = usual.iter().filter(|(name, _)| !named(name)).chain(pairs);
        let parameters = Parameters::new(all.map(|(name, value)| ((*name).into(), (*value).into())).collect());
        read(&client, &parameters, LIFETIMES).map_err(|refusal| refusal.code)
    }

    fn polled(pairs: &[(&str, &str)]) -> Result<Asked, Code> {
        asking(DeliveryMode::Poll, pairs)
    }

    #[test]
    fn one_hint_and_no_more() {
        assert_eq!(polled(&[]).unwrap().hint, Hint::Login("ada@example.test".into()));
        assert_eq!(polled(&[("login_hint", ""), ("id_token_hint", "a")]).unwrap().hint, Hint::IdToken("a".into()));
        assert_eq!(polled(&[("login_hint", ""), ("login_hint_token", "a")]).unwrap().hint, Hint::Token("a".into()));
        assert_eq!(polled(&[("login_hint", "")]), Err(Code::InvalidRequest));
        assert_eq!(polled(&[("id_token_hint", "a")]), Err(Code::InvalidRequest));
        assert_eq!(polled(&[("login_hint_token", "a")]), Err(Code::InvalidRequest));
    }

    #[test]
    fn it_is_about_a_person() {
        assert_eq!(polled(&[("scope", "openid other")]).unwrap().scope.to_string(), "openid");
        for scope in ["", "email", "other", "openid\""] {
            assert_eq!(polled(&[("scope", scope)]), Err(Code::InvalidScope), "{scope}");
        }
    }

    #[test]
    fn a_message_is_short_and_can_be_shown() {
        let message = |text: &str| polled(&[("binding_message", text)]).map(|asked| asked.binding_message);
        assert_eq!(message("W4SCT"), Ok(Some("W4SCT".into())));
        assert_eq!(message("Zahlung über 12 €"), Ok(Some("Zahlung über 12 €".into())));
        assert_eq!(polled(&[]).unwrap().binding_message, None);
        for bad in ["a\nb", "a\u{202e}b", "a\0", " ", &"x".repeat(101)] {
            assert_eq!(message(bad), Err(Code::InvalidBindingMessage), "{bad:?}");
        }
    }

    #[test]
    fn who_wants_to_be_told_says_by_what_it_knows_us() {
        let token = |text: &str| {
            let asked = asking(DeliveryMode::Ping, &[("client_notification_token", text)]);
            asked.map(|asked| asked.notification_token.map(|token| token.expose().to_owned()))
        };
        assert_eq!(
            token("8d67dc78-7faa-4d41-aabd-67707b374255"),
            Ok(Some("8d67dc78-7faa-4d41-aabd-67707b374255".into()))
        );
        assert_eq!(token("a~+/=="), Ok(Some("a~+/==".into())));
        for bad in ["", "==", "a b", "a=b", "a\nb", "ä", &"x".repeat(1025)] {
            assert_eq!(token(bad), Err(Code::InvalidRequest), "{bad:?}");
        }
        let ignored = polled(&[("client_notification_token", "a b")]).unwrap().notification_token;
        assert_eq!(ignored, None, "who asks by itself is not told");
    }

    #[test]
    fn a_wish_is_granted_within_what_is_allowed() {
        let ttl = |text: &str| polled(&[("requested_expiry", text)]).map(|asked| asked.ttl.num_seconds());
        assert_eq!(polled(&[]).unwrap().ttl.num_seconds(), 300);
        assert_eq!((ttl("120"), ttl("1"), ttl("86400")), (Ok(120), Ok(10), Ok(3600)));
        for bad in ["0", "-1", "+5", "1.5", "soon", "99999999999999999999"] {
            assert_eq!(ttl(bad), Err(Code::InvalidRequest), "{bad}");
        }
    }

    #[test]
    fn what_would_not_protect_anybody_is_refused() {
        assert_eq!(polled(&[("user_code", "1234")]), Err(Code::InvalidRequest));
        assert_eq!(polled(&[("authorization_details", "[]")]), Err(Code::InvalidAuthorizationDetails));
    }
}
