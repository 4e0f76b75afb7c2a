//! Ring 1: the outside world, one door each.

pub mod db;
pub mod ephemeral;
pub mod http;
pub mod mail;
pub mod passwords;
pub mod random;
pub mod telemetry;
pub mod templates;
