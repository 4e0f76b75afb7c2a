//! `signet client registration-token`: what clients register themselves with.

use clap::Subcommand;
use serde_json::json;

use crate::{
    cli::{
        Ending, Print,
        open::Open,
        print::{facts, table},
    },
    config::{Config, Setting, Span},
    domain::clients::{CreateInitialToken, DeleteInitialToken, InitialToken, ListInitialTokens},
    kernel::{Result, id::InitialTokenId},
};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// Make a token; it is shown only now.
    Create {
        /// How many clients it may register. Without it, any number.
        #[arg(long, value_name = "COUNT")]
        uses: Option<u32>,
        /// How long it is good: 30s, 10m, 12h or 14d. Without it, until it is deleted.
        #[arg(long, value_name = "TIME", value_parser = Span::parse)]
        ttl: Option<Span>,
    },
    /// List the tokens, the newest first.
    List,
    /// Make a token worthless; clients that it registered stay.
    Delete {
        /// The token's identifier (iat_…).
        id: InitialTokenId,
    },
}

pub(super) async fn run(command: Command, config: Config, print: Print) -> Result<(), Ending> {
    match command {
        Command::Create { uses, ttl } => {
            Open::and(config, async |open| {
                let made = open.perform(CreateInitialToken { uses, ttl: ttl.map(Span::std) }).await?;
                print.answer(&made, || {
                    let token = made.initial_access_token.expose().to_owned();
                    let rows = [("id", made.about.id.to_string()), ("initial_access_token", token)];
                    format!("A registration token was made. It is shown only now.\n{}", facts(&rows))
                })
            })
            .await
        }
        Command::List => Open::and(config, async |open| many(&open.perform(ListInitialTokens).await?, print)).await,
        Command::Delete { id } => {
            Open::and(config, async |open| {
                open.perform(DeleteInitialToken { id }).await?;
                print.answer(&json!({ "id": id, "deleted": true }), || format!("Token {id} was deleted."))
            })
            .await
        }
    }
}

fn many(tokens: &[InitialToken], print: Print) -> Result<()> {
    print.answer(&tokens, || {
        let row = |token: &InitialToken| {
            [
                token.id.to_string(),
                token.uses_left.map_or_else(|| "any number".into(), |uses| uses.to_string()),
                token.expires_at.map_or_else(|| "never".into(), |at| at.to_rfc3339()),
            ]
        };
        let rows: Vec<_> = tokens.iter().map(row).collect();
        table(["TOKEN", "USES LEFT", "EXPIRES"], &rows, "No registration tokens.")
    })
}
