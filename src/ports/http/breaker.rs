//! Leaving a host alone that failed several times in a row, so that one dead server costs a moment and not every request.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// So many failures in a row open the circuit.
const FAILURES: u32 = 5;
/// How long the host is left alone; then one attempt decides.
const PAUSE: Duration = Duration::from_secs(20);
/// More hosts than this are not remembered: the oldest failures are forgotten first.
const HOSTS: usize = 2000;

/// What is known of one host.
#[derive(Debug, Clone, Copy)]
struct Circuit {
    failures: u32,
    last: Instant,
}

impl Circuit {
    /// Whether the host may be asked now.
    fn admits(self, now: Instant) -> bool {
        self.failures < FAILURES || now.duration_since(self.last) >= PAUSE
    }
}

/// The circuits of all hosts that failed last.
#[derive(Debug, Default, Clone)]
pub(super) struct Breakers(Arc<Mutex<HashMap<String, Circuit>>>);

/// One attempt: failed when it is dropped, unless it is said to have succeeded. So a call that is cut off counts.
#[derive(Debug)]
pub(super) struct Attempt {
    breakers: Breakers,
    host: String,
    done: bool,
}

impl Breakers {
    /// An attempt at a host; none while it is left alone.
    pub(super) fn attempt(&self, host: &str) -> Option<Attempt> {
        self.attempt_at(host, Instant::now())
    }

    fn attempt_at(&self, host: &str, now: Instant) -> Option<Attempt> {
        let mut circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(circuit) = circuits.get_mut(host) {
            if !circuit.admits(now) {
                return None;
            }
            if circuit.failures >= FAILURES {
                circuit.last = now; // this attempt decides; others wait for it
            }
        }
        Some(Attempt { breakers: self.clone(), host: host.to_owned(), done: false })
    }

    fn failed(&self, host: &str, now: Instant) {
        let mut circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if circuits.len() >= HOSTS && !circuits.contains_key(host) {
            let oldest = circuits.iter().min_by_key(|(_, circuit)| circuit.last).map(|(host, _)| host.clone());
            oldest.map(|oldest| circuits.remove(&oldest));
        }
        let circuit = circuits.entry(host.to_owned()).or_insert(Circuit { failures: 0, last: now });
        circuit.failures = circuit.failures.saturating_add(1);
        circuit.last = now;
    }
}

impl Attempt {
    /// The host is well.
    pub(super) fn succeeded(mut self) {
        self.done = true;
        self.breakers.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.host);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.done {
            self.breakers.failed(&self.host, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_keeps_failing_is_left_alone_for_a_while() {
        let breakers = Breakers::default();
        for _ in 0..FAILURES {
            drop(breakers.attempt("a:443").unwrap());
        }
        assert!(breakers.attempt("a:443").is_none());
        assert!(breakers.attempt("b:443").is_some(), "another host is asked");
        let later = Instant::now() + PAUSE;
        let attempt = breakers.attempt_at("a:443", later).unwrap();
        assert!(breakers.attempt_at("a:443", later).is_none(), "one attempt decides");
        attempt.succeeded();
        assert!(breakers.attempt("a:443").is_some());
    }

    #[test]
    fn one_success_forgets_the_failures() {
        let breakers = Breakers::default();
        for _ in 0..FAILURES - 1 {
            drop(breakers.attempt("a:443").unwrap());
        }
        breakers.attempt("a:443").unwrap().succeeded();
        drop(breakers.attempt("a:443").unwrap());
        assert!(breakers.attempt("a:443").is_some());
    }

    #[test]
    fn memory_is_bounded() {
        let breakers = Breakers::default();
        for host in 0..HOSTS + 10 {
            drop(breakers.attempt(&format!("{host}:443")).unwrap());
        }
        assert_eq!(breakers.0.lock().unwrap().len(), HOSTS);
    }
}
