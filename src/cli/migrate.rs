//! `signet migrate`: the schema, moved as a step of its own.

use clap::Subcommand;
use serde_json::json;

use super::{
    Ending, Print,
    open::{database, make_data_directory},
    print::table,
};
use crate::{
    config::Config,
    ports::db::{Db, schema},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Apply what is pending.
    Up,
    /// Take back the newest steps, with the data that they hold.
    Down {
        /// How many.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
    },
    /// List the steps and whether the database has them.
    Status,
}

pub(super) async fn run(command: Command, config: Config, print: Print) -> Result<(), Ending> {
    make_data_directory(&config)?;
    let db = Db::open(&database(&config)).await?;
    let done = match command {
        Command::Up => up(&db, print).await,
        Command::Down { steps } => down(&db, steps, print).await,
        Command::Status => status(&db, print).await,
    };
    db.close().await;
    done
}

async fn up(db: &Db, print: Print) -> Result<(), Ending> {
    let applied = schema::up(db).await?;
    let words = || match applied {
        0 => "The schema is up to date.".into(),
        1 => "1 step applied.".into(),
        many => format!("{many} steps applied."),
    };
    Ok(print.answer(&json!({ "applied": applied }), words)?)
}

async fn down(db: &Db, steps: u32, print: Print) -> Result<(), Ending> {
    let applied = |states: Vec<schema::StepState>| states.into_iter().filter(|step| step.applied).count();
    let before = applied(schema::status(db).await?);
    schema::down(db, steps).await?;
    let reverted = before.saturating_sub(applied(schema::status(db).await?));
    Ok(print.answer(&json!({ "reverted": reverted }), || format!("Steps taken back: {reverted}."))?)
}

async fn status(db: &Db, print: Print) -> Result<(), Ending> {
    let states = schema::status(db).await?;
    let state = |step: &schema::StepState| match (step.applied, step.known) {
        (true, true) => "applied",
        (true, false) => "applied, by a newer release",
        (false, _) => "pending",
    };
    let words = || {
        let rows: Vec<_> = states.iter().map(|step| [step.name.clone(), state(step).to_owned()]).collect();
        table(["STEP", "STATE"], &rows, "No steps.")
    };
    Ok(print.answer(&json!({ "ready": schema::is_ready(&states), "steps": states }), words)?)
}
