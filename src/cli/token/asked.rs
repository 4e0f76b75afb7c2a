//! A request of a client to an endpoint of its issuer, and the answer.

use clap::Args;
use serde_json::Value;

use crate::{
    cli::{
        Ending,
        login::{
            answer,
            client::basic,
            provider::{endpoint, unreached},
        },
        secret_input,
    },
    config::{Config, Issuer, Setting},
    kernel::{Code, Error, secret::Secret},
    ports::http::{Http, HttpSettings},
};

/// Larger answers than any issuer gives.
const LARGEST_ANSWER: usize = 1 << 20;

/// Which client, at which issuer.
#[derive(Debug, Args)]
pub(super) struct Client {
    /// The client.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    client_id: String,
    /// The issuer. Without it, the one of the settings.
    #[arg(long, value_name = "URL", value_parser = Issuer::parse)]
    issuer: Option<Issuer>,
    /// Read the client's secret from a line of the standard input; it comes before every token.
    #[arg(long)]
    client_secret_stdin: bool,
    /// Send the secret in the form: the client is registered for client_secret_post.
    #[arg(long, requires = "client_secret_stdin")]
    by_post: bool,
}

/// A client that asks.
pub(super) struct Asked {
    client: Client,
    secret: Option<Secret>,
}

impl Asked {
    /// The client, with its secret read.
    pub(super) fn by(client: Client) -> Result<Self, Ending> {
        let secret = if client.client_secret_stdin { Some(secret_input::line()?) } else { None };
        Ok(Self { client, secret })
    }

    /// Posts a form to one of the issuer's endpoints; null where the answer has no body.
    pub(super) async fn post(
        &self,
        config: &Config,
        name: &str,
        form: &[(&'static str, Secret)],
    ) -> Result<Value, Ending> {
        let issuer = self.client.issuer.clone().unwrap_or_else(|| config.issuer.clone());
        let http = Http::open(HttpSettings {
            // The issuer is the choice of the person at the terminal, and often on this very machine.
            allow_private_targets: true,
            extra_ca: config.http.extra_ca.as_ref().map(|extra| extra.pem().to_owned()),
            timeout: config.http.timeout.std(),
            most: LARGEST_ANSWER,
        })?;
        let at = endpoint(&http, issuer.as_str(), name).await?;
        let mut pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.expose())).collect();
        let mut authorization = None;
        match &self.secret {
            Some(secret) if !self.client.by_post => authorization = Some(basic(&self.client.client_id, secret)),
            Some(secret) => {
                pairs.extend([("client_id", self.client.client_id.as_str()), ("client_secret", secret.expose())]);
            }
            None => pairs.push(("client_id", self.client.client_id.as_str())),
        }
        let headers: Vec<_> = authorization.iter().map(|value| ("authorization", value)).collect();
        let answer = http.post_form_with(&at, &pairs, &headers).await;
        let answer = answer.map_err(|error| unreached(&at, error))?;
        read(answer.status, &answer.body).map_err(Ending::from)
    }
}

fn read(status: u16, body: &[u8]) -> Result<Value, Error> {
    let said: Option<Value> = serde_json::from_slice(body).ok();
    if status == 200 && (body.is_empty() || said.is_some()) {
        return Ok(said.unwrap_or_default());
    }
    let text = |name: &str| said.as_ref().and_then(|said| said[name].as_str());
    Err(match text("error") {
        Some(error) => answer::refusal(error, text("error_description")).into(),
        None => Code::InvalidRequest.because(format!("The issuer answers {status}, and not as it should.")).into(),
    })
}

/// A token as it was given, or from a line of the standard input.
pub(super) fn text(given: &str) -> Result<Secret, Ending> {
    if given == "-" { secret_input::line() } else { Ok(Secret::new(given)) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_read_and_refusals_told() {
        assert_eq!(read(200, br#"{"active":false}"#).unwrap(), json!({ "active": false }));
        assert_eq!(read(200, b"").unwrap(), Value::Null);
        let told = |status, body: &[u8]| read(status, body).unwrap_err().refusal().unwrap().to_string();
        assert!(told(400, br#"{"error":"invalid_target","error_description":"no"}"#).contains("invalid_target: no"));
        assert!(told(200, b"<html>").contains("answers 200") && told(503, b"").contains("answers 503"));
    }
}
