//! Reading the settings of this process; every mistake is told at once.

use std::path::Path;

use super::Ending;
use crate::{
    config::{Config, Sources},
    ports::telemetry,
};

/// The settings, with `file` in the place of `signet.toml` where one is given.
pub(super) fn read(file: Option<&Path>) -> Result<Config, Ending> {
    let directory =
        std::env::current_dir().map_err(|error| Ending::failed("the working directory cannot be found", error))?;
    let sources = match file {
        Some(file) => Sources::from_process_with(&directory, file),
        None => Sources::from_process(&directory),
    };
    let config = Config::load(&sources).map_err(|mistakes| Ending::Usage(mistakes.to_string()))?;
    match telemetry::objection(&config.log) {
        Some(why) => {
            Err(Ending::Usage(format!("1 mistake in the settings:\n- log {why} ({})", config.origins.of("", "log"))))
        }
        None => Ok(config),
    }
}
