//! Requests by route: how many, how they ended, how long they took. For `/test-info`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::http::StatusCode;
use serde::Serialize;

/// Upper bounds of the latency classes, in microseconds: powers of two from 64 µs to 33 s, and the rest.
const CLASSES: usize = 21;
const FIRST_CLASS: u32 = 6;

/// The counters of one route. Counting is a few additions; nothing is locked.
#[derive(Debug, Default)]
pub struct Tally {
    requests: AtomicU64,
    client_errors: AtomicU64,
    server_errors: AtomicU64,
    classes: [AtomicU64; CLASSES],
}

/// The counters of every route.
#[derive(Debug, Default)]
pub struct Tallies(Vec<(&'static str, Arc<Tally>)>);

/// What one route's counters say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tallied {
    /// The route.
    pub route: &'static str,
    /// Requests since the start.
    pub requests: u64,
    /// Those answered with 4xx.
    pub client_errors: u64,
    /// Those answered with 5xx.
    pub server_errors: u64,
    /// The part that was answered with 5xx, 0 to 1.
    pub error_rate: f64,
    /// Half of the requests took at most so long, in milliseconds (to a factor of two).
    pub p50_ms: f64,
    /// The same for 95 of 100.
    pub p95_ms: f64,
    /// The same for 99 of 100.
    pub p99_ms: f64,
}

impl Tallies {
    /// Counters for one more route.
    pub fn add(&mut self, route: &'static str) -> Arc<Tally> {
        let tally = Arc::<Tally>::default();
        self.0.push((route, tally.clone()));
        tally
    }

    /// What was counted, without the routes that nobody asked for.
    pub fn read(&self) -> Vec<Tallied> {
        self.0.iter().map(|(route, tally)| tally.read(route)).filter(|tallied| tallied.requests > 0).collect()
    }
}

impl Tally {
    /// Counts one answer.
    pub fn count(&self, status: StatusCode, took: Duration) {
        self.requests.fetch_add(1, Relaxed);
        if status.is_server_error() {
            self.server_errors.fetch_add(1, Relaxed);
        } else if status.is_client_error() {
            self.client_errors.fetch_add(1, Relaxed);
        }
        if let Some(class) = self.classes.get(class(took)) {
            class.fetch_add(1, Relaxed);
        }
    }

    fn read(&self, route: &'static str) -> Tallied {
        let requests = self.requests.load(Relaxed);
        let server_errors = self.server_errors.load(Relaxed);
        let classes: Vec<u64> = self.classes.iter().map(|class| class.load(Relaxed)).collect();
        Tallied {
            route,
            requests,
            client_errors: self.client_errors.load(Relaxed),
            server_errors,
            error_rate: if requests == 0 { 0.0 } else { server_errors as f64 / requests as f64 },
            p50_ms: quantile(&classes, 0.50),
            p95_ms: quantile(&classes, 0.95),
            p99_ms: quantile(&classes, 0.99),
        }
    }
}

/// The class of a latency: class 0 is up to 64 µs, each next one twice that.
fn class(took: Duration) -> usize {
    let micros = took.as_micros().max(1);
    let bits = (u128::BITS - (micros - 1).leading_zeros()).saturating_sub(FIRST_CLASS);
    (bits as usize).min(CLASSES - 1)
}

/// The upper bound, in milliseconds, of the class in which the `part`-th request lies.
fn quantile(classes: &[u64], part: f64) -> f64 {
    let total: u64 = classes.iter().sum();
    let rank = (total as f64 * part).ceil().max(1.0) as u64;
    let mut seen = 0;
    for (class, count) in classes.iter().enumerate() {
        seen += count;
        if seen >= rank {
            return (1_u64 << (class as u32 + FIRST_CLASS)) as f64 / 1000.0;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_fall_into_classes() {
        assert_eq!(class(Duration::ZERO), 0);
        assert_eq!(class(Duration::from_micros(64)), 0);
        assert_eq!(class(Duration::from_micros(65)), 1);
        assert_eq!(class(Duration::from_millis(1)), 4);
        assert_eq!(class(Duration::from_secs(3600)), CLASSES - 1);
    }

    #[test]
    fn a_route_says_how_its_requests_ended() {
        let mut tallies = Tallies::default();
        let tally = tallies.add("/a");
        tallies.add("/never");
        for millis in 0..98 {
            tally.count(StatusCode::OK, Duration::from_micros(millis));
        }
        tally.count(StatusCode::NOT_FOUND, Duration::from_millis(100));
        tally.count(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(1));
        let read = tallies.read();
        assert_eq!(read.len(), 1);
        assert_eq!((read[0].requests, read[0].client_errors, read[0].server_errors), (100, 1, 1));
        assert!((read[0].error_rate - 0.01).abs() < 1e-9);
        assert!(read[0].p50_ms < 0.1 && read[0].p99_ms > 100.0, "{read:?}");
    }
}
