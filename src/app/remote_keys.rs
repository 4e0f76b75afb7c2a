//! The keys that clients publish at an address (`jwks_uri`): fetched when needed, kept for a while, and the last good copy
//! used as long as the client's server is away.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use keys::ForeignKeys;

use crate::{
    kernel::Time,
    ports::http::{Http, HttpError},
};

/// How long a set without `Cache-Control` is used without asking again.
const USUAL_AGE: Duration = Duration::from_secs(600);
/// A set is kept at least and at most so long, whatever its server says.
const LEAST_AGE: Duration = Duration::from_secs(30);
const MOST_AGE: Duration = Duration::from_secs(86_400);
/// A set that could not be renewed is still used for so long: the client's server may be away.
const LAST_GOOD: Duration = Duration::from_secs(86_400);
/// How long after a fetch the next one may follow. It doubles with every fetch that brought nothing new, so that tokens with
/// made-up keys cost the client's server next to nothing.
const FLOOR: Duration = Duration::from_secs(1);
const HIGHEST_FLOOR: Duration = Duration::from_secs(64);
/// So many addresses are remembered.
const MOST: usize = 5000;

/// Why there are no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoKeys {
    /// The address did not answer.
    #[error("jwks_uri: {0}")]
    Unreachable(#[from] HttpError),
    /// It answered something else.
    #[error("jwks_uri: the answer (status {0}) is not a usable JWK Set")]
    Useless(u16),
    /// It failed a moment ago, and is not asked again yet.
    #[error("jwks_uri failed a moment ago")]
    TooSoon,
}

/// Key sets by address.
pub struct RemoteKeys {
    http: Arc<Http>,
    known: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Known>>>>,
}

/// What is known of one address.
#[derive(Default)]
struct Known {
    copy: Option<Copy>,
    asked_at: Option<Time>,
    fruitless: u32,
}

/// A good answer.
#[derive(Clone)]
struct Copy {
    keys: Arc<ForeignKeys>,
    fetched_at: Time,
    fresh_for: Duration,
}

/// What to do for a key.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Use,
    Fetch,
    /// Ask after so long: a client that has just changed its keys is not refused for having been quick.
    FetchAfter(Duration),
    Wait,
}

impl Known {
    /// Whether the copy does, or a fetch is due. `unknown`: the copy does not know the key that is asked for.
    fn judge(&self, unknown: bool, now: Time) -> Verdict {
        let age = |since: Time| (now - since).to_std().unwrap_or_default();
        if !unknown && self.copy.as_ref().is_some_and(|copy| age(copy.fetched_at) < copy.fresh_for) {
            return Verdict::Use;
        }
        let floor = FLOOR.saturating_mul(1 << self.fruitless.min(6)).min(HIGHEST_FLOOR);
        let asked = self.asked_at.map(age);
        if asked.is_none_or(|asked| asked >= floor) {
            return Verdict::Fetch;
        }
        if let Some(left) = asked.map(|asked| floor - asked).filter(|left| unknown && *left <= FLOOR) {
            return Verdict::FetchAfter(left);
        }
        match &self.copy {
            Some(copy) if age(copy.fetched_at) < LAST_GOOD => Verdict::Use,
            _ => Verdict::Wait,
        }
    }
}

impl RemoteKeys {
    /// No address is known yet.
    pub fn new(http: Arc<Http>) -> Self {
        Self { http, known: Mutex::default() }
    }

    /// The keys at `url`: the copy, or fetched anew.
    ///
    /// # Errors
    /// [`NoKeys`] where there is no copy and no good answer.
    pub async fn at(&self, url: &str, now: Time) -> Result<Arc<ForeignKeys>, NoKeys> {
        self.keys(url, None, now).await
    }

    /// The keys at `url` after `known` did not do: fetched anew, if that is not too soon; otherwise, or if nothing changed, the
    /// same.
    ///
    /// # Errors
    /// As [`RemoteKeys::at`].
    pub async fn newer(&self, url: &str, known: &Arc<ForeignKeys>, now: Time) -> Result<Arc<ForeignKeys>, NoKeys> {
        self.keys(url, Some(known), now).await
    }

    async fn keys(&self, url: &str, not: Option<&Arc<ForeignKeys>>, mut now: Time) -> Result<Arc<ForeignKeys>, NoKeys> {
        let entry = self.entry(url);
        // One fetch at a time for each address; the others wait for its answer.
        let (mut known, unknown) = loop {
            let known = entry.lock().await;
            let unknown = match (&known.copy, not) {
                (Some(copy), Some(not)) => Arc::ptr_eq(&copy.keys, not), // somebody fetched meanwhile: look there first
                (None, Some(_)) => true,
                (_, None) => false,
            };
            match (known.judge(unknown, now), &known.copy) {
                (Verdict::Use, Some(copy)) => return Ok(copy.keys.clone()),
                (Verdict::Fetch, _) => break (known, unknown),
                (Verdict::FetchAfter(left), _) => {
                    drop(known); // keys that are known are not waited for
                    tokio::time::sleep(left).await;
                    now += left;
                }
                _ => return Err(NoKeys::TooSoon),
            }
        };
        known.asked_at = Some(now);
        let fetched = self.fetch(url, now).await;
        known.fruitless = if unknown || fetched.is_err() { known.fruitless.saturating_add(1) } else { 0 };
        match fetched {
            Ok(copy) => {
                known.copy = Some(copy.clone());
                Ok(copy.keys)
            }
            Err(trouble) => match &known.copy {
                Some(copy) if (now - copy.fetched_at).to_std().unwrap_or_default() < LAST_GOOD => {
                    tracing::warn!(url, %trouble, "a client's keys cannot be renewed: the last good copy is used");
                    Ok(copy.keys.clone())
                }
                _ => Err(trouble),
            },
        }
    }

    /// Says that newer keys did it: the client changes its keys, and that is no reason to make it wait.
    pub async fn fruitful(&self, url: &str) {
        self.entry(url).lock().await.fruitless = 0;
    }

    async fn fetch(&self, url: &str, now: Time) -> Result<Copy, NoKeys> {
        let answer = self.http.fetch(url, "application/jwk-set+json, application/json").await?;
        let useless = || NoKeys::Useless(answer.status);
        if answer.status != 200 {
            return Err(useless());
        }
        let jwks = serde_json::from_slice(&answer.body).map_err(|_| useless())?;
        let keys = ForeignKeys::parse(&jwks).map_err(|_| useless())?;
        let fresh_for = answer.max_age.unwrap_or(USUAL_AGE).clamp(LEAST_AGE, MOST_AGE);
        Ok(Copy { keys: Arc::new(keys), fetched_at: now, fresh_for })
    }

    fn entry(&self, url: &str) -> Arc<tokio::sync::Mutex<Known>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(url) {
            // Whoever is in use stays; of the others any may go, they are fetched again.
            let idle = known.iter().find(|(_, entry)| Arc::strong_count(entry) == 1).map(|(url, _)| url.clone());
            idle.map(|idle| known.remove(&idle));
        }
        known.entry(url.to_owned()).or_default().clone()
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use keys::{Algorithm, SigningKey};
    use serde_json::json;

    use super::*;
    use crate::kernel::Clock;

    fn copy(at: Time) -> Copy {
        let key = SigningKey::generate(Algorithm::ES256).unwrap().public_jwk();
        let keys = Arc::new(ForeignKeys::parse(&json!({ "keys": [key] })).unwrap());
        Copy { keys, fetched_at: at, fresh_for: USUAL_AGE }
    }

    #[test]
    fn a_fresh_copy_does_and_an_old_one_is_renewed() {
        let now = Clock::System.now();
        let known = Known { copy: Some(copy(now)), asked_at: Some(now), fruitless: 0 };
        assert_eq!(known.judge(false, now), Verdict::Use);
        assert_eq!(known.judge(false, now + TimeDelta::seconds(599)), Verdict::Use);
        assert_eq!(known.judge(false, now + TimeDelta::seconds(600)), Verdict::Fetch);
        assert_eq!(Known::default().judge(false, now), Verdict::Fetch);
    }

    #[test]
    fn an_unknown_key_is_looked_for_but_not_too_often() {
        let now = Clock::System.now();
        let mut known = Known { copy: Some(copy(now)), asked_at: Some(now), fruitless: 0 };
        assert_eq!(known.judge(true, now), Verdict::FetchAfter(FLOOR), "within the floor");
        let soon = now + TimeDelta::milliseconds(600);
        assert_eq!(known.judge(true, soon), Verdict::FetchAfter(Duration::from_millis(400)));
        assert_eq!(known.judge(false, soon), Verdict::Use);
        assert_eq!(known.judge(true, now + TimeDelta::seconds(1)), Verdict::Fetch);
        known.fruitless = 3;
        assert_eq!(known.judge(true, now + TimeDelta::milliseconds(6999)), Verdict::Use);
        assert_eq!(known.judge(true, now + TimeDelta::seconds(8)), Verdict::Fetch);
        known.fruitless = u32::MAX;
        assert_eq!(known.judge(true, now + TimeDelta::seconds(64)), Verdict::Fetch);
    }

    #[test]
    fn the_last_good_copy_lasts_a_day() {
        let now = Clock::System.now();
        let later = now + TimeDelta::hours(23);
        let known = Known { copy: Some(copy(now)), asked_at: Some(later), fruitless: 1 };
        assert_eq!(known.judge(false, later), Verdict::Use);
        let too_late = now + TimeDelta::hours(24);
        let known = Known { asked_at: Some(too_late), ..known };
        assert_eq!(known.judge(false, too_late), Verdict::Wait);
        let nothing = Known { copy: None, asked_at: Some(now), fruitless: 0 };
        assert_eq!(nothing.judge(false, now), Verdict::Wait);
    }
}
