//! Ports: both ephemeral stores held to one suite, the password pool under a flood, mail against a server of our own.

mod ephemeral;
mod mail;
mod passwords;
mod redis_outage;
mod redis_server;
mod store;
