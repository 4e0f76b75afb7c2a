//! `signet client`: looking after the applications that sign their users in here.

mod create;
mod encrypted;
mod import;
mod registration_token;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    Ending, Print,
    open::Open,
    print::{facts, table},
};
use crate::{
    config::{Config, Setting, Span},
    domain::clients::{Client, Created, DeleteClient, ListClients, RotateClientSecret, ShowClient},
    kernel::Result,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register a client, or those of a file.
    Create(Box<create::Create>),
    /// List the clients, by name.
    List,
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
        Command::Create(create) => match &create.import {
            Some(file) => import::run(file, config, print).await,
            None => {
                let operation = create.operation()?;
                Open::and(config, async |open| {
                    let created = open.perform(operation).await?;
                    print.answer(&created, || in_words(&created))
                })
                .await
            }
        },
        Command::RegistrationToken(command) => registration_token::run(command, config, print).await,
        Command::List => Open::and(config, async |open| many(&open.perform(ListClients).await?, print)).await,
        Command::Show(Which { client_id }) => {
            Open::and(config, async |open| one(&open.perform(ShowClient { client_id }).await?, print)).await
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

fn one(client: &Client, print: Print) -> Result<()> {
    print.answer(&client, || {
        let list = |items: &[String]| items.join("\n").replace('\n', &format!("\n{:29}", ""));
        facts(&[
            ("client_id", client.client_id.clone()),
            ("client_name", client.client_name.clone()),
            ("application_type", client.application_type.to_string()),
            ("authentication", client.token_endpoint_auth_method.to_string()),
            ("redirect_uris", list(&client.redirect_uris)),
            ("post_logout_redirect_uris", list(&client.post_logout_redirect_uris)),
            ("grants", client.grant_types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
            ("scope", client.scope.to_string()),
            ("pkce", if client.pkce_required { "required" } else { "optional" }.to_owned()),
            ("consent", if client.first_party { "skipped: first party" } else { "asked" }.to_owned()),
            ("created", client.created_at.to_rfc3339()),
        ])
    })
}
