//! Ring 3: what the product does. A feature may use only those named before it.

/// The rates of throttles.
pub mod rates;

/// What letters say in the same way.
pub mod letters;

/// One issuer each, with its own people, clients and keys.
pub mod tenants;

/// Signing keys: made, announced, rotated and retired by the clock.
pub mod signing;

/// The mail queue: what operations wrote is sent by a job.
pub mod mail;

/// What people prove themselves by. It knows them by their ids only.
pub mod credentials;

/// Who has to hear that a session is over: clients that had it, and the queue of notices to them.
pub mod notices;

/// People: create, show, lock, delete.
pub mod users;

/// Tracked sessions: start, resume, list, end.
pub mod sessions;

/// Becoming somebody: register, and prove the address.
pub mod sign_up;

/// Being somebody again: sign in, and choose a new password.
pub mod sign_in;

/// The trail of facts, as people see it.
pub mod audit;

/// How many people and sessions there are.
pub mod census;

/// What is kept how long.
pub mod retention;

/// Other issuers whose word counts here.
pub mod issuers;

/// The applications that sign their users in here.
pub mod clients;

/// The APIs that access tokens are for.
pub mod resources;

/// What people allowed clients.
pub mod consents;

/// The protocol: from an application's request to tokens, and back to signed out.
pub mod oauth;

#[cfg(test)]
mod testing;
