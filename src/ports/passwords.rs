//! Passwords: hashed and verified on a bounded pool, so that a flood of sign-ins cannot take the machine.

use std::{fmt, sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task, time,
};
use unicode_normalization::UnicodeNormalization;

use self::hashing::{Cost, Judged};
use crate::kernel::{Code, Error, Fault, Result, secret::Secret};

mod hashing;

/// How passwords are hashed, and how much of that happens at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashing {
    /// Argon2id memory per hash, in KiB.
    pub memory_kib: u32,
    /// Argon2id passes.
    pub iterations: u32,
    /// Argon2id lanes; they are worked one after the other.
    pub parallelism: u32,
    /// Hashes at once; 0 = as many as there are cores.
    pub workers: usize,
    /// Requests that may wait for a worker; 0 = twice the workers.
    pub queue: usize,
    /// How long they wait at most.
    pub wait: Duration,
}

impl Default for Hashing {
    /// The OWASP password storage cheat sheet's choice for little memory: 19 MiB, two passes.
    fn default() -> Self {
        Self { memory_kib: 19_456, iterations: 2, parallelism: 1, workers: 0, queue: 0, wait: Duration::from_secs(1) }
    }
}

/// Whether a password is the stored one.
#[derive(Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Match {
        /// The hash to store instead, where the stored one was made in another way or at another cost.
        upgrade: Option<String>,
    },
    /// It is not, or nobody is there, or the stored hash is of no kind that can be verified.
    Mismatch,
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Match { upgrade } => write!(f, "Match {{ upgrade: {} }}", upgrade.is_some()),
            Self::Mismatch => f.write_str("Mismatch"),
        }
    }
}

/// How busy the pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Hashes at once at most.
    pub workers: usize,
    /// Waiting requests at most.
    pub queue: usize,
    /// Requests that are being worked on or waiting.
    pub taken: usize,
}

/// The pool.
#[derive(Debug)]
pub struct Passwords {
    cost: Cost,
    // What unknown users are verified against: a hash of a random password at the same cost.
    dummy: Arc<str>,
    admission: Arc<Semaphore>,
    workers: Arc<Semaphore>,
    load: Load,
    wait: Duration,
}

impl Passwords {
    /// A pool. It makes one hash, for unknown users.
    ///
    /// # Errors
    /// A fault when Argon2 does not take the parameters.
    pub fn new(hashing: Hashing) -> Result<Self, Fault> {
        let cost = Cost::new(hashing.memory_kib, hashing.iterations, hashing.parallelism)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = if hashing.workers == 0 { cores } else { hashing.workers }.min(Semaphore::MAX_PERMITS / 4);
        let queue = if hashing.queue == 0 { 2 * workers } else { hashing.queue }.min(Semaphore::MAX_PERMITS / 4);
        Ok(Self {
            dummy: cost.hash(super::random::token("")?.expose())?.into(),
            cost,
            admission: Arc::new(Semaphore::new(workers + queue)),
            workers: Arc::new(Semaphore::new(workers)),
            load: Load { workers, queue, taken: 0 },
            wait: hashing.wait,
        })
    }

    /// Hashes a password, as typed: an Argon2id PHC string.
    ///
    /// # Errors
    /// [`Code::Busy`] when the queue is full or the wait was too long; a fault when there is no memory or randomness.
    pub async fn hash(&self, password: Secret) -> Result<String> {
        let cost = self.cost;
        Ok(self.work(move || cost.hash(normalize(password.expose()).expose())).await??)
    }

    /// Compares a password, as typed, with what is stored: Argon2 (d, i, id) as a PHC string, or bcrypt (2a, 2b, 2y).
    /// `None` is for a user that does not exist: the answer is [`Verdict::Mismatch`] after the same work.
    ///
    /// Other systems hashed what was typed: a hash that was not made at the current cost is compared with the text both
    /// normalized and as typed. Of more than 72 bytes bcrypt knows only the first 72; such a password matches, and is not
    /// upgraded: a typing mistake after the 72nd byte would become part of it.
    ///
    /// # Errors
    /// As [`Passwords::hash`].
    pub async fn verify(&self, stored: Option<String>, password: Secret) -> Result<Verdict> {
        let (cost, dummy) = (self.cost, Arc::clone(&self.dummy));
        self.work(move || {
            let normalized = normalize(password.expose());
            let Some(stored) = stored else {
                cost.judge(&dummy, normalized.expose());
                return Ok(Verdict::Mismatch);
            };
            let mut judged = cost.judge(&stored, normalized.expose());
            if judged == Judged::Mismatch && !cost.made(&stored) && normalized != password {
                judged = cost.judge(&stored, password.expose());
            }
            Ok(match judged {
                Judged::Match { current: true } => Verdict::Match { upgrade: None },
                Judged::Match { current: false } => Verdict::Match { upgrade: Some(cost.hash(normalized.expose())?) },
                Judged::MatchOfPart => Verdict::Match { upgrade: None },
                Judged::Mismatch => Verdict::Mismatch,
                Judged::Unverifiable(why) => {
                    // Answered like an unknown user, after the same work.
                    cost.judge(&dummy, normalized.expose());
                    tracing::warn!(why, "a stored password hash cannot be verified");
                    Verdict::Mismatch
                }
            })
        })
        .await?
    }

    /// Whether a hash that another system made can be verified here; to be asked before it is stored.
    ///
    /// # Errors
    /// Why it cannot, in words.
    pub fn check_import(hash: &str) -> Result<(), &'static str> {
        hashing::parse(hash).map(drop)
    }

    /// How busy the pool is now.
    pub fn load(&self) -> Load {
        let free = self.admission.available_permits();
        Load { taken: (self.load.workers + self.load.queue).saturating_sub(free), ..self.load }
    }

    /// Does slow work on a worker. The permits travel with the work: a caller that went away neither frees a worker that
    /// is still busy nor keeps one that is done.
    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let permits = self.permits().await?;
        let done = task::spawn_blocking(move || {
            let result = job();
            drop(permits);
            result
        });
        Ok(done.await.map_err(|error| Fault::broken_by("the work on a password broke off", error))?)
    }

    async fn permits(&self) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit)> {
        let admission = Arc::clone(&self.admission).try_acquire_owned().map_err(|_| busy())?;
        let worker = time::timeout(self.wait, Arc::clone(&self.workers).acquire_owned()).await.map_err(|_| busy())?;
        Ok((admission, worker.map_err(|error| Fault::broken_by("the password pool is closed", error))?))
    }
}

/// Every keyboard's spelling of one password is one password (NIST SP 800-63B-4 §3.1.1.2: NFKC or NFC before hashing).
/// [`Passwords`] does it by itself; checks of length and blocklists need it.
pub fn normalize(typed: &str) -> Secret {
    Secret::new(typed.nfkc().collect::<String>())
}

fn busy() -> Error {
    Code::Busy.because("Too many sign-ins at once. Try again in a moment.").after(Duration::from_secs(1)).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Cheap enough for tests in a debug build.
    fn pool() -> Passwords {
        Passwords::new(Hashing { memory_kib: 64, iterations: 1, ..Hashing::default() }).unwrap()
    }

    async fn verify(stored: &str, typed: &str) -> Verdict {
        pool().verify(Some(stored.to_owned()), Secret::new(typed)).await.unwrap()
    }

    fn upgraded(verdict: Verdict) -> Option<String> {
        match verdict {
            Verdict::Match { upgrade } => upgrade,
            Verdict::Mismatch => None,
        }
    }

    #[test]
    fn the_default_costs_what_the_product_promises() {
        let stored = Passwords::new(Hashing::default()).unwrap().dummy;
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    }

    #[tokio::test]
    async fn what_was_hashed_matches_and_nothing_else() {
        let stored = pool().hash(Secret::new("correct horse")).await.unwrap();
        assert_eq!(verify(&stored, "correct horse").await, Verdict::Match { upgrade: None });
        for wrong in ["correct horsf", "correct horse ", "", "Correct horse", "correct horse\0"] {
            assert_eq!(verify(&stored, wrong).await, Verdict::Mismatch, "{wrong:?}");
        }
        assert_ne!(stored, pool().hash(Secret::new("correct horse")).await.unwrap());
    }

    #[tokio::test]
    async fn spellings_of_one_password_are_one_password() {
        let stored = pool().hash(Secret::new("caf\u{e9} \u{ff11}")).await.unwrap();
        assert_eq!(verify(&stored, "cafe\u{301} 1").await, Verdict::Match { upgrade: None });
    }

    #[tokio::test]
    async fn an_unknown_user_is_a_mismatch_even_for_the_right_guess() {
        let unknown = pool().verify(None, Secret::new("anything")).await.unwrap();
        assert_eq!(unknown, Verdict::Mismatch);
    }

    #[tokio::test]
    async fn another_cost_is_verified_and_upgraded_to_ours() {
        let other = Passwords::new(Hashing { memory_kib: 128, iterations: 2, ..Hashing::default() }).unwrap();
        let stored = other.hash(Secret::new("secret")).await.unwrap();
        assert_eq!(verify(&stored, "wrong").await, Verdict::Mismatch);
        let upgrade = upgraded(verify(&stored, "secret").await).unwrap();
        assert!(upgrade.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{upgrade}");
        assert_eq!(verify(&upgrade, "secret").await, Verdict::Match { upgrade: None });
    }

    #[tokio::test]
    async fn an_imported_hash_of_what_was_typed_is_found_and_upgraded_to_the_normal_form() {
        let typed = "cafe\u{301}";
        let stored = bcrypt::hash(typed, 4).unwrap();
        let upgrade = upgraded(verify(&stored, typed).await).unwrap();
        assert_eq!(verify(&upgrade, "caf\u{e9}").await, Verdict::Match { upgrade: None });
    }

    #[tokio::test]
    async fn a_password_longer_than_bcrypt_can_see_matches_and_is_not_upgraded() {
        let long = "x".repeat(80);
        let stored = bcrypt::hash(&long, 4).unwrap();
        assert_eq!(verify(&stored, &long).await, Verdict::Match { upgrade: None });
        assert!(upgraded(verify(&bcrypt::hash("x".repeat(72), 4).unwrap(), &"x".repeat(72)).await).is_some());
    }

    #[tokio::test]
    async fn a_hash_that_cannot_be_verified_is_a_mismatch() {
        for stored in
            ["", "plain", "$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$2b$31$short"]
        {
            assert_eq!(verify(stored, stored).await, Verdict::Mismatch, "{stored}");
            assert!(Passwords::check_import(stored).is_err(), "{stored}");
        }
    }

    #[test]
    fn debug_shows_no_hash() {
        let verdict = Verdict::Match { upgrade: Some("$argon2id$…".into()) };
        assert!(!format!("{verdict:?}").contains("argon2"));
    }
}
