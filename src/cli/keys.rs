//! `signet keys`: looking after the keys of the service.

use clap::Subcommand;
use keys::{KeyAlgorithm, Life};
use serde_json::{Value, json};

use super::{Ending, Print, open::Open, print::table};
use crate::{
    config::Config,
    domain::signing::{self, Key, ListKeys, Plan, RetireKey, RotateKeys},
    kernel::{Result, Time},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the keys that sign and decrypt, and where each stands in its life.
    List,
    /// Announce a successor for every active key.
    Rotate {
        /// Sign with the new keys at once, without announcing them first.
        #[arg(long)]
        now: bool,
        /// Only the keys of this algorithm: RS256, PS256, ES256 or EdDSA, which sign, or RSA-OAEP-256 or ECDH-ES, which decrypt.
        #[arg(long)]
        algorithm: Option<KeyAlgorithm>,
    },
    /// End one key: it signs no more, or nobody is to encrypt for it, and it is gone when what it signed has expired.
    Retire {
        /// The key's id, as `keys list` shows it.
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// Withdraw it at once, because it leaked: what it signed is refused from now on.
        #[arg(long)]
        now: bool,
    },
}

pub(super) async fn run(command: Command, config: Config, print: Print) -> Result<(), Ending> {
    Open::and(config, async |open| match command {
        Command::List => {
            let keys = open.perform(ListKeys).await?;
            show(&keys, open.app.clock.now(), print)
        }
        Command::Rotate { now, algorithm } => {
            let written = open.perform(RotateKeys { now, algorithm }).await?;
            changed(open, &written, print).await
        }
        Command::Retire { kid, now } => {
            let written = open.perform(RetireKey { kid, now }).await?;
            changed(open, &written, print).await
        }
    })
    .await
}

/// Tells the running nodes, and shows the keys as they are now.
async fn changed(open: &Open, written: &Plan, print: Print) -> Result<()> {
    if let Err(error) = signing::announce_change(&open.app, open.tenant.id).await {
        // It is written; nodes that do not hear of it look for themselves.
        print.remark(&format!("The running nodes could not be told and will see it within 30 seconds: {error}"));
    }
    let keys = open.perform(ListKeys).await?;
    let now = open.app.clock.now();
    print.answer(
        &json!({
            "made": written.create.len(),
            "ended": written.retire.iter().map(|(kid, _)| kid).collect::<Vec<_>>(),
            "keys": values(&keys, now),
        }),
        || words(&keys, now),
    )
}

fn show(keys: &[Key], now: Time, print: Print) -> Result<()> {
    print.answer(&values(keys, now), || words(keys, now))
}

fn values(keys: &[Key], now: Time) -> Vec<Value> {
    let value = |key: &Key| {
        json!({
            "kid": key.kid,
            "algorithm": key.algorithm,
            "state": state(key.life(now)),
            "announced_at": key.schedule.announced_at,
            "active_at": key.schedule.active_at,
            "retiring_at": key.schedule.retiring_at,
            "gone_at": key.schedule.gone_at,
        })
    };
    keys.iter().map(value).collect()
}

fn words(keys: &[Key], now: Time) -> String {
    let moment = |at: Option<Time>| at.map_or_else(|| "-".into(), |at| at.format("%Y-%m-%d %H:%M:%S").to_string());
    let row = |key: &Key| {
        [
            key.kid.clone(),
            key.algorithm.to_string(),
            state(key.life(now)).to_owned(),
            moment(Some(key.schedule.active_at)),
            moment(key.schedule.retiring_at),
            moment(key.schedule.gone_at),
        ]
    };
    let rows: Vec<_> = keys.iter().map(row).collect();
    table(
        ["KEY", "ALGORITHM", "STATE", "ACTIVE FROM", "UNTIL", "GONE (UTC)"],
        &rows,
        "No keys yet: `signet serve` makes them.",
    )
}

fn state(life: Life) -> &'static str {
    match life {
        Life::Announced => "announced",
        Life::Active => "active",
        Life::Retiring => "retiring",
        Life::Gone => "gone",
    }
}
