//! `signet client`: looking after the applications that sign their users in here.

mod backchannel;
mod certified;
mod create;
mod delegation;
mod encrypted;
mod import;
mod profile;
mod registration_token;
mod workload;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    Ending, Print,
    open::Open,
    print::{facts, table},
};
use crate::{
    config::{Config, Oauth, Setting, Span},
    domain::{
        clients::{
            Client, Created, DeleteClient, ListClients, Metadata, Profile, RotateClientSecret, Shortcoming, ShowClient,
            shortcomings,
        },
        users::Whom,
    },
    kernel::Result,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register a client, or those of a file.
    Create {
        /// Register the clients of this file instead: RFC 7591 metadata as JSON, one object or an array; client_id and
        /// client_secret may be given. All of them or none.
        #[arg(long, value_name = "FILE")]
        import: Option<PathBuf>,
        #[command(flatten)]
        create: Box<create::Create>,
        #[command(flatten)]
        more: Box<create::More>,
        #[command(flatten)]
        encrypted: Box<encrypted::Encrypted>,
        #[command(flatten)]
        delegation: Box<delegation::Delegation>,
        #[command(flatten)]
        certificates: Box<certified::Certificates>,
        #[command(flatten)]
        backchannel: Box<backchannel::Backchannel>,
        #[command(flatten)]
        workload: Box<workload::Bound>,
    },
    /// Change what a file names of a client's registration; the rest stays.
    Update {
        #[command(flatten)]
        which: Which,
        /// RFC 7591 metadata as JSON, one object. What is null there is taken back.
        #[arg(long, value_name = "FILE")]
        import: PathBuf,
    },
    /// List the clients, by name.
    List {
        /// Only the agents of this person: an address or an identifier (usr_…).
        #[arg(long, value_name = "USER")]
        owner: Option<String>,
    },
    /// Show one client.
    Show(Which),
    /// Give a client a new secret.
    RotateSecret {
        #[command(flatten)]
        which: Which,
        /// How long the old secret is still accepted: 30s, 10m, 12h or 14d. Without it, not at all.
        #[arg(long, value_name = "TIME", value_parser = Span::parse)]
        keep: Option<Span>,
    },
    /// Delete a client with its consents and refresh tokens.
    Delete(Which),
    /// Look after the tokens that clients register themselves with.
    #[command(subcommand)]
    RegistrationToken(registration_token::Command),
}

#[derive(Debug, Args)]
pub(super) struct Which {
    /// The client's client_id.
    #[arg(allow_hyphen_values = true)]
    client_id: String,
}

pub(super) async fn run(command: Command, config: Config, print: Print) -> Result<(), Ending> {
    match command {
        Command::Update { which, import } => import::update(which.client_id, &import, config, print).await,
        Command::Create { import, create, more, encrypted, delegation, certificates, backchannel, workload } => {
            match import {
                Some(file) => import::run(&file, config, print).await,
                None => {
                    let operation =
                        create.operation(*more, &encrypted, *delegation, *certificates, *backchannel, *workload)?;
                    Open::and(config, async |open| {
                        let created = open.perform(operation).await?;
                        print.answer(&created, || in_words(&created))
                    })
                    .await
                }
            }
        }
        Command::RegistrationToken(command) => registration_token::run(command, config, print).await,
        Command::List { owner } => {
            let owner = owner.map(|text| Whom::from(text.as_str()));
            Open::and(config, async |open| many(&open.perform(ListClients { owner }).await?, print)).await
        }
        Command::Show(Which { client_id }) => {
            let oauth = config.oauth.clone();
            Open::and(config, async |open| one(&open.perform(ShowClient { client_id }).await?, &oauth, print)).await
        }
        Command::RotateSecret { which: Which { client_id }, keep } => {
            Open::and(config, async |open| {
                let rotated = open.perform(RotateClientSecret { client_id, keep: keep.map(Span::std) }).await?;
                print.answer(&rotated, || {
                    let rows = [
                        ("client_id", rotated.client_id.clone()),
                        ("client_secret", rotated.client_secret.expose().to_owned()),
                    ];
                    format!("The client has a new secret. It is shown only now.\n{}", facts(&rows))
                })
            })
            .await
        }
        Command::Delete(Which { client_id }) => {
            Open::and(config, async |open| {
                open.perform(DeleteClient { client_id: client_id.clone() }).await?;
                print.answer(&json!({ "client_id": client_id, "deleted": true }), || {
                    format!("Client {client_id} was deleted.")
                })
            })
            .await
        }
    }
}

/// A client that was created, for people.
fn in_words(created: &Created) -> String {
    let secret = created.secret.as_ref().map(|secret| ("client_secret", secret.expose().to_owned()));
    let mut rows = vec![("client_id", created.client.client_id.clone())];
    rows.extend(secret);
    let once = if created.secret.is_some() { "The secret is shown only now.\n" } else { "" };
    format!("Client {} was created.\n{}{once}", created.client.client_name, facts(&rows))
}

fn many(clients: &[Client], print: Print) -> Result<()> {
    print.answer(&clients, || {
        let row = |client: &Client| {
            [
                client.client_id.clone(),
                client.client_name.clone(),
                client.application_type.to_string(),
                client.token_endpoint_auth_method.to_string(),
                client.grant_types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            ]
        };
        let rows: Vec<_> = clients.iter().map(row).collect();
        table(["CLIENT", "NAME", "TYPE", "AUTHENTICATION", "GRANTS"], &rows, "No clients.")
    })
}

/// A client, and what it lacks of the profile that it is held to.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    client: &'a Client,
    #[serde(skip_serializing_if = "Profile::is_usual")]
    held_to: Profile,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lacks: Vec<Shortcoming>,
}

fn one(client: &Client, oauth: &Oauth, print: Print) -> Result<()> {
    let held_to = client.profile(oauth);
    let shown = Shown { client, held_to, lacks: shortcomings(&client.into(), held_to) };
    print.answer(&shown, || {
        let usual = [
            ("client_id", client.client_id.clone()),
            ("client_name", client.client_name.clone()),
            ("application_type", client.application_type.to_string()),
            ("authentication", client.token_endpoint_auth_method.to_string()),
            ("redirect_uris", client.redirect_uris.join("\n")),
            ("post_logout_redirect_uris", client.post_logout_redirect_uris.join("\n")),
            ("grants", client.grant_types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
            ("scope", client.scope.to_string()),
            ("pkce", if client.pkce_required { "required" } else { "optional" }.to_owned()),
            ("consent", if client.first_party { "skipped: first party" } else { "asked" }.to_owned()),
            ("created", client.created_at.to_rfc3339()),
        ];
        let owner = client.owner.map(|owner| ("owner", owner.to_string()));
        let chosen = chosen(&client.metadata);
        let chosen = chosen.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let held = (!held_to.is_usual()).then(|| ("held_to", held_to.to_string()));
        let lacks = (!shown.lacks.is_empty()).then(|| ("lacks", lacking(&shown.lacks)));
        facts(&usual.into_iter().chain(owner).chain(chosen).chain(held).chain(lacks).collect::<Vec<_>>())
    })
}

fn lacking(shortcomings: &[Shortcoming]) -> String {
    let lines = shortcomings.iter().map(|lacking| format!("{} {} ({})", lacking.field, lacking.why, lacking.section));
    lines.collect::<Vec<_>>().join("\n")
}

/// What of the metadata is not as it is without a word, by its registered names.
fn chosen(metadata: &Metadata) -> Vec<(String, String)> {
    let members = |metadata: &Metadata| match serde_json::to_value(metadata) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let usual = members(&Metadata::default());
    let words = |value: Value| match value {
        Value::String(text) => text,
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join("\n"),
        other => other.to_string(),
    };
    let differs = |(name, value): &(String, Value)| usual.get(name) != Some(value);
    members(metadata).into_iter().filter(differs).map(|(name, value)| (name, words(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_chosen_is_shown() {
        assert_eq!(chosen(&Metadata::default()), []);
        let metadata = Metadata {
            jwks_uri: Some("https://shop.example.test/jwks".into()),
            request_uris: vec!["https://a.test/1".into(), "https://a.test/2".into()],
            may_introspect: true,
            ..Metadata::default()
        };
        let shown = chosen(&metadata);
        let shown: Vec<_> = shown.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("jwks_uri", "https://shop.example.test/jwks"),
                ("request_uris", "https://a.test/1\nhttps://a.test/2"),
                ("may_introspect", "true"),
            ]
        );
    }
}
