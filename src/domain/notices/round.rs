//! Calling on clients: each errand is claimed by one node for one attempt, and a few are under way at a time.

use std::sync::Arc;

use chrono::TimeDelta;
use tokio::task::JoinSet;

use crate::{
    app::{App, Cx},
    kernel::{Fault, Result},
    ports::http::{Answer, HttpError},
};

/// How many errands one run looks at; the next run follows at once if there were so many.
pub const BATCH: u64 = 100;

/// How long a claim lasts: longer than any request may take.
pub const LEASE: TimeDelta = TimeDelta::minutes(2);

/// How many clients a node calls on at the same time.
const AT_ONCE: usize = 8;

/// What became of the errands that were due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// Taken by the client.
    pub sent: u32,
    /// To be tried again.
    pub postponed: u32,
    /// Given up.
    pub failed: u32,
    /// Whether more may be due already.
    pub more: bool,
}

/// What one attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The client took it.
    Sent,
    /// It will be tried again.
    Postponed,
    /// It was given up.
    Failed,
}

/// One attempt at something that a client is told.
pub trait Errand: Send + Sized + 'static {
    /// What it is known by.
    type Id: Send;

    /// Claims it for this node; none where another one was faster. By the clock of the attempt: those before it in the batch may have
    /// taken a while.
    fn prepare(cx: &Cx, id: Self::Id) -> impl Future<Output = Result<Option<Self>>> + Send;

    /// Calls on the client, and writes what it came to.
    fn make(self, app: Arc<App>) -> impl Future<Output = Result<Outcome>> + Send;
}

/// Attempts everything that is due.
pub async fn round<E: Errand>(cx: &Cx, due: Vec<E::Id>) -> Result<Told> {
    let (mut told, mut under_way, mut trouble) = (Told::default(), JoinSet::new(), None);
    told.more = due.len() as u64 == BATCH;
    let mut waiting = due.into_iter();
    loop {
        while under_way.len() < AT_ONCE
            && trouble.is_none()
            && let Some(id) = waiting.next()
        {
            match E::prepare(cx, id).await {
                Ok(Some(attempt)) => drop(under_way.spawn(attempt.make(cx.app.clone()))),
                Ok(None) => {}
                Err(error) => trouble = Some(error),
            }
        }
        let Some(outcome) = under_way.join_next().await else { break };
        match outcome.map_err(|error| Fault::broken_by("calling on a client", error).into()).flatten() {
            Ok(Outcome::Sent) => told.sent += 1,
            Ok(Outcome::Postponed) => told.postponed += 1,
            Ok(Outcome::Failed) => told.failed += 1,
            // The attempts under way are awaited, and what they came to is written.
            Err(error) => trouble = Some(error),
        }
    }
    trouble.map_or(Ok(told), Err)
}

/// Whether the client took it: 200, or the 204 that frameworks make of an empty answer (Back-Channel Logout §2.8, OpenID CIBA Core
/// §10.2). Everything else is tried again: a client that is being deployed answers 404, one whose store is away 400, and hearing
/// the same twice does no harm.
pub fn taken(answer: std::result::Result<Answer, HttpError>) -> std::result::Result<(), String> {
    match answer {
        Ok(answer) if matches!(answer.status, 200 | 204) => Ok(()),
        Ok(answer) => Err(format!("the client answered {}", answer.status)),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_success_is_a_success() {
        let answer =
            |status| Ok(Answer { status, media: String::new(), max_age: None, dpop_nonce: None, body: Vec::new() });
        assert_eq!(taken(answer(200)), Ok(()));
        assert_eq!(taken(answer(204)), Ok(()));
        for status in [201, 302, 400, 404, 500, 503] {
            assert_eq!(taken(answer(status)), Err(format!("the client answered {status}")));
        }
        assert!(taken(Err(HttpError::Late)).is_err());
    }
}
