//! FAPI 2.0: what a client is held to, clause by clause. The numbers are those of the final texts.

mod certificates;
mod clients;
mod everybody;
mod messages;
mod requests;
mod signatures;
mod tokens;
