//! Ring 4, by the clock: what the service does without being asked.

mod delete_expired;
mod end_expired;
mod keep;
mod listen;
mod ping_clients;
mod reload;
mod send_mail;
mod sweep;
mod sweep_clients;
mod tell_clients;
mod tend_keys;

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinSet};

use crate::{app::App, domain::mail::Post, kernel::Result};

/// What a run of a job becomes.
pub type Run = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// One thing that is done again and again.
pub struct Job {
    /// The stable name, for the log and for the lease.
    pub name: &'static str,
    /// How often.
    pub every: Duration,
    /// Which nodes do it.
    pub on: Nodes,
    /// One run. Two at the same time do no harm: a lease saves work, the operations decide races.
    pub run: fn(Arc<Clockwork>) -> Run,
    /// Something that makes a run due before its time.
    pub woken_by: Option<fn(&App) -> &tokio::sync::Notify>,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("name", &self.name).field("every", &self.every).finish_non_exhaustive()
    }
}

/// Which nodes run a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nodes {
    /// Each for itself.
    Every,
    /// One of them in each interval.
    One,
}

/// Every job.
pub const JOBS: &[Job] = &[
    send_mail::JOB,
    tend_keys::JOB,
    reload::JOB,
    sweep::JOB,
    sweep_clients::JOB,
    end_expired::JOB,
    tell_clients::JOB,
    ping_clients::JOB,
    delete_expired::JOB,
];

/// What jobs work with.
#[derive(Debug)]
pub struct Clockwork {
    /// The service.
    pub app: Arc<App>,
    /// What sends mail; none where mail is kept in the development mailbox.
    pub post: Option<Arc<Post>>,
}

/// The jobs that are running.
#[derive(Debug)]
pub struct Running {
    loops: JoinSet<()>,
}

/// Starts every job. Each ends after `stop` says true, when the run it is in has ended.
pub fn start(clockwork: Clockwork, stop: &watch::Receiver<bool>) -> Running {
    let clockwork = Arc::new(clockwork);
    let mut loops = JoinSet::new();
    for job in JOBS {
        loops.spawn(keep::keep(job, clockwork.clone(), stop.clone()));
    }
    loops.spawn(listen::listen(clockwork, stop.clone()));
    Running { loops }
}

impl Running {
    /// Waits for the jobs to end, but not longer than `grace`; what is cut off then is done again by another node.
    pub async fn ended(mut self, grace: Duration) {
        let all = async { while self.loops.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, all).await.is_err() {
            tracing::warn!("a job did not end in time and was cut off");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn jobs_have_names_of_their_own_and_never_spin() {
        let names: HashSet<_> = JOBS.iter().map(|job| job.name).collect();
        assert_eq!(names.len(), JOBS.len());
        assert!(JOBS.iter().all(|job| job.every >= Duration::from_secs(1)));
    }
}
