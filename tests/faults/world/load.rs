//! People who go on working while something breaks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

use super::{Answer, Ask, Broken};

/// One request of the load.
#[derive(Debug)]
pub struct Done {
    /// When it was sent and how long it took.
    pub began: Instant,
    pub took: Duration,
    pub result: Result<Answer, Broken>,
}

/// Workers that ask one thing after the other until they are stopped.
pub struct Load {
    stop: Arc<AtomicBool>,
    workers: Vec<JoinHandle<Vec<Done>>>,
}

impl Load {
    /// One worker for each question, at this port, with a short breath in between.
    pub fn start(port: u16, asks: Vec<Ask>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let workers = asks.into_iter().map(|ask| {
            let stop = stop.clone();
            tokio::spawn(async move {
                let mut done = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let began = Instant::now();
                    let result = ask.at(port).await;
                    done.push(Done { began, took: began.elapsed(), result });
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                done
            })
        });
        Self { workers: workers.collect(), stop }
    }

    /// Everything that was asked.
    pub async fn end(self) -> Vec<Done> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for worker in self.workers {
            all.extend(worker.await.unwrap());
        }
        assert!(all.len() > 20, "hardly anything was asked: {}", all.len());
        all
    }
}
