//! `signet session`: what came of sessions that ended.

use clap::{Subcommand, ValueEnum};

use super::{Ending, Print, open::Open, print::table};
use crate::{
    config::Config,
    domain::notices::{self, ListNotices, ListedNotice},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the notices to applications that a session is over (back-channel logout), the newest first.
    Notices {
        /// Only those in this state.
        #[arg(long)]
        state: Option<State>,
        /// At most so many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1000))]
        limit: u64,
    },
}

/// What became of a notice.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum State {
    /// It will be tried, for the first time or again.
    Pending,
    /// The application took it.
    Sent,
    /// It was given up.
    Failed,
}

impl From<State> for notices::State {
    fn from(state: State) -> Self {
        match state {
            State::Pending => Self::Pending,
            State::Sent => Self::Sent,
            State::Failed => Self::Failed,
        }
    }
}

pub(super) async fn run(command: Command, config: Config, print: Print) -> Result<(), Ending> {
    let Command::Notices { state, limit } = command;
    Open::and(config, async |open| {
        let listed = open.perform(ListNotices { state: state.map(Into::into), limit }).await?;
        print.answer(&listed, || words(&listed))
    })
    .await
}

fn words(listed: &[ListedNotice]) -> String {
    let rows: Vec<_> = listed.iter().map(row).collect();
    let head = ["SESSION", "APPLICATION", "STATE", "ATTEMPTS", "ENDED (UTC)", "LAST TROUBLE"];
    table(head, &rows, "No application had to be told that a session is over.")
}

fn row(notice: &ListedNotice) -> [String; 6] {
    [
        notice.session.to_string(),
        notice.client_id.clone(),
        notice.state.name().to_owned(),
        notice.attempts.to_string(),
        notice.created_at.format("%Y-%m-%d %H:%M:%S").to_string(),
        notice.last_error.clone().unwrap_or_default(),
    ]
}
