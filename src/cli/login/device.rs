//! `signet login --device`: the sign-in happens on another device, this terminal waits for it (RFC 8628 §3).

use std::time::Duration;

use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};
use serde::Deserialize;
use url::Url;

use super::{
    Ending, Print, answer,
    client::Client,
    provider::Provider,
    redemption::{Refused, Tokens, read},
};
use crate::{
    kernel::{Code, Error, secret::Secret, text::unprintable},
    ports::http::Http,
};

/// How long to wait between questions where the issuer does not say (RFC 8628 §3.2), and by how much that grows when it says
/// `slow_down` (§3.5).
const STEP: u64 = 5;

/// Longest wait for a person, whatever the issuer says, and longest wait between questions, in seconds.
const PATIENCE: u64 = 3600;

/// What the issuer answers (RFC 8628 §3.2).
#[derive(Deserialize)]
struct Begun {
    device_code: Secret,
    user_code: String,
    verification_uri: Url,
    verification_uri_complete: Option<Url>,
    expires_in: u64,
    interval: Option<u64>,
}

/// What the next answer of the token endpoint means.
enum Turn {
    Wait(u64),
    Done(Box<Tokens>),
}

/// Shows the code and waits for the tokens.
pub(super) async fn sign_in(
    http: &Http,
    provider: &Provider,
    client: &Client<'_>,
    (scope, resources): (&str, &[String]),
    print: Print,
) -> Result<Tokens, Ending> {
    let at = provider.device_authorization_endpoint.as_deref();
    let at = at.ok_or_else(|| Ending::Usage(format!("{} signs in no devices.", provider.issuer)))?;
    let mut form = vec![("scope", scope)];
    form.extend(resources.iter().map(|uri| ("resource", uri.as_str())));
    let answer = client.post(http, at, &form).await?;
    let begun: Begun = read(answer.status, &answer.body)?;
    print.remark(&shown(&begun));
    let mut wait = begun.interval.unwrap_or(STEP).clamp(1, PATIENCE);
    let collecting = async {
        loop {
            tokio::time::sleep(Duration::from_secs(wait)).await;
            let form = [
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("device_code", begun.device_code.expose()),
            ];
            let answer = client.post(http, &provider.token_endpoint, &form).await?;
            match turn(answer.status, &answer.body, wait)? {
                Turn::Wait(next) => wait = next,
                Turn::Done(tokens) => return Ok(*tokens),
            }
        }
    };
    let patience = Duration::from_secs(begun.expires_in.min(PATIENCE));
    let late = |_| Err(Ending::Usage("Nobody decided in time.".into()));
    tokio::time::timeout(patience, collecting).await.unwrap_or_else(late)
}

/// RFC 8628 §3.5: ask again, ask less often, or that is it.
fn turn(status: u16, body: &[u8], wait: u64) -> Result<Turn, Error> {
    if status != 200
        && let Ok(refused) = serde_json::from_slice::<Refused>(body)
    {
        return match refused.error.as_str() {
            "authorization_pending" => Ok(Turn::Wait(wait)),
            "slow_down" => Ok(Turn::Wait((wait + STEP).min(PATIENCE))),
            _ => Err(answer::refusal(&refused.error, refused.error_description.as_deref()).into()),
        };
    }
    read(status, body).map(|tokens| Turn::Done(Box::new(tokens)))
}

/// What the person is told. The address stands on a line of its own, to be copied; nothing that steers a terminal gets through.
fn shown(begun: &Begun) -> String {
    let code: String = begun.user_code.chars().filter(|c| !unprintable(*c)).take(64).collect();
    let picture = begun.verification_uri_complete.as_ref().and_then(|uri| picture(uri.as_str()).ok());
    let picture = picture.map(|picture| format!("or point a camera at this:\n\n{picture}\n")).unwrap_or_default();
    format!(
        "Open this address on a device where you can sign in:\n\n  {}\n\nand enter the code\n\n  {code}\n\n{picture}Waiting …",
        begun.verification_uri
    )
}

/// A QR code in characters, two modules in each: light on dark, as most terminals are, with the quiet zone that cameras need.
fn picture(text: &str) -> Result<String, Error> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M);
    let code = code.map_err(|error| Code::InvalidInput.because(format!("There is no QR code for it: {error}")))?;
    let mut drawn = code.render::<Dense1x2>();
    Ok(drawn.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).quiet_zone(true).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> Begun {
        let answer = r#"{"device_code":"d","user_code":"WDJB\u001b[2J-MJHT","verification_uri":"https://id.example/device",
            "verification_uri_complete":"https://id.example/device?user_code=WDJB-MJHT","expires_in":600}"#;
        serde_json::from_str(answer).unwrap()
    }

    #[test]
    fn the_code_and_the_address_are_shown_and_nothing_steers_the_terminal() {
        let text = shown(&begun());
        assert!(text.contains("\n  https://id.example/device\n") && text.contains("\n  WDJB[2J-MJHT\n"), "{text}");
        assert!(text.contains('█') && !text.contains('\u{1b}'), "{text}");
        let plain = Begun { verification_uri_complete: None, ..begun() };
        assert!(!shown(&plain).contains('█'));
    }

    #[test]
    fn a_picture_is_a_square_with_a_quiet_zone() {
        let drawn = picture("https://id.example/device?user_code=WDJB-MJHT").unwrap();
        let lines: Vec<Vec<char>> = drawn.lines().map(|line| line.chars().collect()).collect();
        let width = lines[0].len();
        assert!(lines.iter().all(|line| line.len() == width) && lines.len() == width.div_ceil(2));
        // ISO/IEC 18004: four light modules on every side.
        assert!(lines[..2].iter().flatten().all(|c| *c == '█'));
        assert!(lines.iter().all(|line| line[..4].iter().chain(&line[width - 4..]).all(|c| "█▀".contains(*c))));
        assert_ne!(lines[2][4], '█', "the corner of the first finder pattern");
    }

    #[test]
    fn the_wait_grows_when_the_issuer_says_so() {
        let waits = |error: &str| match turn(400, format!(r#"{{"error":"{error}"}}"#).as_bytes(), 5) {
            Ok(Turn::Wait(wait)) => Some(wait),
            _ => None,
        };
        assert_eq!(waits("authorization_pending"), Some(5));
        assert_eq!(waits("slow_down"), Some(10));
        for last in ["access_denied", "expired_token", "invalid_grant"] {
            assert_eq!(waits(last), None, "{last}");
        }
        let good = turn(200, br#"{"access_token":"a","token_type":"Bearer"}"#, 5);
        assert!(matches!(good, Ok(Turn::Done(tokens)) if tokens.access_token == "a"));
        assert!(turn(502, b"<html>", 5).is_err());
    }
}
