//! `signet config`: checking, showing and explaining the settings.

use std::path::Path;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Ending, Print, print::table, settings};
use crate::config::{Config, SecurityProfile};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say what is wrong with the settings: everything at once.
    Check,
    /// Show the settings in force and where each comes from; secrets are hidden.
    Show,
    /// Print the reference of all settings, in Markdown.
    Reference,
}

pub(super) fn run(command: Command, file: Option<&Path>, print: Print) -> Result<(), Ending> {
    match command {
        Command::Check => {
            let profile = settings::read(file)?.oauth.profile;
            print.answer(&json!({ "ok": true, "profile": profile.as_str() }), || match profile {
                SecurityProfile::None => "The settings are in order.".into(),
                held => format!("The settings are in order, and meet the profile {held}."),
            })?;
        }
        Command::Show => show(&settings::read(file)?, print)?,
        Command::Reference => print.text(&Config::reference())?,
    }
    Ok(())
}

fn show(config: &Config, print: Print) -> Result<(), Ending> {
    let shown = config.show();
    let rows: Vec<[String; 3]> =
        shown.iter().map(|row| [row.key.clone(), row.value.clone(), row.origin.to_string()]).collect();
    let values: Vec<Value> =
        rows.iter().map(|[key, value, origin]| json!({ "key": key, "value": value, "origin": origin })).collect();
    Ok(print.answer(&values, || table(["SETTING", "VALUE", "FROM"], &rows, ""))?)
}
