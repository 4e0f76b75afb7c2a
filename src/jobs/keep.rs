//! The loop around a job: when it runs, on which node, and what the log says about it.

use std::{future, sync::Arc};

use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use super::{Clockwork, Job, Nodes};
use crate::kernel::{Error, Fault, Result};

/// Runs `job` at its pace until `stop` says true. Ticks that passed during a long run are skipped.
pub(super) async fn keep(job: &'static Job, clockwork: Arc<Clockwork>, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(job.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut health = Health::default();
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
            () = woken(job, &clockwork) => {}
        }
        // A task of its own: a panic ends this run, not the job.
        let run = tokio::spawn(run(job, clockwork.clone()));
        let outcome = run.await.unwrap_or_else(|error| Err(Fault::broken_by("the job panicked", error).into()));
        match health.note(outcome.as_ref().err().map(words)) {
            Some(News::Failing(why)) => tracing::error!(job = job.name, error = why, "a job fails"),
            Some(News::Well) => tracing::info!(job = job.name, "a job runs again"),
            None => {}
        }
    }
}

async fn woken(job: &Job, clockwork: &Clockwork) {
    match job.woken_by {
        Some(bell) => bell(&clockwork.app).notified().await,
        None => future::pending().await,
    }
}

async fn run(job: &'static Job, clockwork: Arc<Clockwork>) -> Result<()> {
    if job.on == Nodes::One {
        // A little shorter than the interval, so that the node that ran last time finds the lease gone at its next tick.
        let lease = job.every.mul_f64(0.9);
        if !clockwork.app.ephemeral.claim(&format!("job:{}", job.name), lease).await? {
            return Ok(());
        }
    }
    (job.run)(clockwork).await
}

fn words(error: &Error) -> String {
    match error {
        Error::Fault(fault) => fault.chain(),
        refused => refused.to_string(),
    }
}

/// Whether a job does its work; the log hears of changes only, or an outage would fill it.
#[derive(Debug, Default)]
struct Health {
    trouble: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum News {
    Failing(String),
    Well,
}

impl Health {
    /// Notes the outcome of a run: none, or the words of its error. Answers what is worth a line.
    fn note(&mut self, trouble: Option<String>) -> Option<News> {
        let news = match (&self.trouble, &trouble) {
            (None, None) => None,
            (Some(_), None) => Some(News::Well),
            (Some(before), Some(now)) if before == now => None,
            (_, Some(now)) => Some(News::Failing(now.clone())),
        };
        self.trouble = trouble;
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_hears_of_changes_only() {
        let mut health = Health::default();
        let failing = |why: &str| Some(News::Failing(why.into()));
        assert_eq!(health.note(None), None);
        assert_eq!(health.note(Some("away".into())), failing("away"));
        assert_eq!(health.note(Some("away".into())), None);
        assert_eq!(health.note(Some("broken".into())), failing("broken"));
        assert_eq!(health.note(None), Some(News::Well));
        assert_eq!(health.note(None), None);
    }
}
