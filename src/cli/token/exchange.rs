//! `signet token exchange`: one token for another (RFC 8693 §2).

use clap::Args;
use serde_json::Value;

use super::{
    Ending, Print,
    asked::{Asked, Client, text},
    pretty,
};
use crate::{cli::login::shown::decoded, config::Config, kernel::secret::Secret};

/// The beginning of the names that have a short form (RFC 8693 §3).
const TYPES: &str = "urn:ietf:params:oauth:token-type:";

#[derive(Debug, Args)]
pub(in crate::cli) struct Exchange {
    #[command(flatten)]
    client: Client,
    /// The token of whom the client acts for; - reads it from a line of the standard input. Everyone on this machine can see it
    /// here.
    #[arg(long, value_name = "TOKEN")]
    subject_token: String,
    /// What it is: access_token, id_token, refresh_token, jwt, or a URN.
    #[arg(long, value_name = "TYPE", default_value = "access_token", value_parser = token_type)]
    subject_token_type: String,
    /// The token of whoever acts; without it, the client does. - reads it from a line of the standard input.
    #[arg(long, value_name = "TOKEN")]
    actor_token: Option<String>,
    /// What it is.
    #[arg(long, value_name = "TYPE", default_value = "access_token", value_parser = token_type)]
    actor_token_type: String,
    /// What is wanted: access_token, jwt, id-jag, or a URN.
    #[arg(long, value_name = "TYPE", value_parser = token_type)]
    requested_token_type: Option<String>,
    /// For whom the new token is to be; may be given several times.
    #[arg(long = "audience", value_name = "AUD")]
    audiences: Vec<String>,
    /// The same as a URI; may be given several times.
    #[arg(long = "resource", value_name = "URI")]
    resources: Vec<String>,
    /// What it is to allow.
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
}

fn token_type(text: &str) -> Result<String, String> {
    match text {
        "access_token" | "id_token" | "refresh_token" | "jwt" | "id-jag" => Ok(format!("{TYPES}{text}")),
        urn if urn.starts_with("urn:") => Ok(urn.to_owned()),
        _ => Err("must be access_token, id_token, refresh_token, jwt, id-jag or a URN".into()),
    }
}

impl Exchange {
    pub(super) async fn run(self, config: &Config, print: Print) -> Result<(), Ending> {
        let asked = Asked::by(self.client)?;
        let plain = |text: &str| Secret::new(text);
        let mut form = vec![
            ("grant_type", plain("urn:ietf:params:oauth:grant-type:token-exchange")),
            ("subject_token", text(&self.subject_token)?),
            ("subject_token_type", plain(&self.subject_token_type)),
        ];
        if let Some(actor) = &self.actor_token {
            form.extend([("actor_token", text(actor)?), ("actor_token_type", plain(&self.actor_token_type))]);
        }
        form.extend(self.requested_token_type.iter().map(|kind| ("requested_token_type", plain(kind))));
        form.extend(self.audiences.iter().map(|audience| ("audience", plain(audience))));
        form.extend(self.resources.iter().map(|resource| ("resource", plain(resource))));
        form.extend(self.scope.iter().map(|scope| ("scope", plain(scope))));
        let answer = asked.post(config, "token_endpoint", &form).await?;
        Ok(print.answer(&answer, || words(&answer))?)
    }
}

/// What came, for people: decoded, and without the token itself.
fn words(answer: &Value) -> String {
    let said = |name: &str| answer[name].as_str().unwrap_or_default();
    let mut words = format!("A token was issued: {}\n", said("issued_token_type"));
    match decoded(said("access_token")) {
        Some(token) => words.push_str(&pretty(&token)),
        None => words.push_str("It is opaque, for its API to look up."),
    }
    if let Some(seconds) = answer["expires_in"].as_u64() {
        words.push_str(&format!("\nIt lives {seconds} s, with scope \"{}\".", said("scope")));
    }
    words + "\n--json prints the token itself, too.\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_have_short_names() {
        assert_eq!(token_type("jwt").unwrap(), "urn:ietf:params:oauth:token-type:jwt");
        assert_eq!(token_type("urn:x:y").unwrap(), "urn:x:y");
        assert!(token_type("saml2").is_err());
    }

    #[test]
    fn people_do_not_see_the_token() {
        let answer =
            json!({ "access_token": "sgt_at_secret", "issued_token_type": "t", "expires_in": 60, "scope": "a" });
        let words = words(&answer);
        assert!(words.contains("opaque") && words.contains("60 s") && !words.contains("sgt_at_secret"), "{words}");
    }
}
