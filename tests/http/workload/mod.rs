//! Clients that prove who they are with a token of their platform.

mod kubernetes;
mod registration;
mod spiffe;

use crate::world::Answer;

/// Asserts that the client is not believed, and told no reason.
#[track_caller]
fn disbelieved(answer: Answer) {
    let answer = answer.refused(401, "invalid_client");
    assert!(answer.header("www-authenticate").starts_with("Basic "));
    for word in ["issuer", "subject", "audience", "expired", "workload"] {
        assert!(!answer.text().contains(word), "{}", answer.text());
    }
}
