//! What to write for the keys of a tenant: pure decisions about rotation, retirement and the passing of time.

use keys::{Action, KeyAlgorithm, Life, Pace, Schedule, due};

use super::Key;
use crate::kernel::{Code, Refusal, Time};

/// What to write. Empty: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Keys to make.
    pub create: Vec<(KeyAlgorithm, Schedule)>,
    /// Keys, by `kid`, whose life gets an end.
    pub retire: Vec<(String, Schedule)>,
}

impl Plan {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.create.is_empty() && self.retire.is_empty()
    }

    fn end(&mut self, key: &Key, schedule: Schedule) {
        if key.schedule != schedule {
            self.retire.push((key.kid.clone(), schedule));
        }
    }
}

/// What the clock demands: each configured algorithm has a key that signs and, in time, a successor; a key whose
/// algorithm is no longer configured stops signing or being published.
pub(super) fn by_the_clock(keys: &[Key], algorithms: &[KeyAlgorithm], now: Time, pace: &Pace) -> Plan {
    let mut plan = Plan::default();
    for algorithm in algorithms {
        let own: Vec<&Key> = keys.iter().filter(|key| key.algorithm == *algorithm).collect();
        let schedules: Vec<Schedule> = own.iter().map(|key| key.schedule).collect();
        for action in due(&schedules, now, pace) {
            match action {
                Action::Create(schedule) => plan.create.push((*algorithm, schedule)),
                Action::Retire { index, schedule } => plan.end(own[index], schedule),
            }
        }
    }
    for key in keys.iter().filter(|key| !algorithms.contains(&key.algorithm) && key.schedule.retiring_at.is_none()) {
        plan.end(key, key.schedule.retire(now, pace.keep));
    }
    plan
}

/// What an operator's wish for new keys demands. At once: a new key signs from now and all others stop. Otherwise the
/// successor is announced first; an algorithm whose successor is announced already is left alone.
pub(super) fn rotation(keys: &[Key], algorithms: &[KeyAlgorithm], now: Time, pace: &Pace, at_once: bool) -> Plan {
    let mut plan = Plan::default();
    for algorithm in algorithms {
        let open = || keys.iter().filter(|key| key.algorithm == *algorithm && key.schedule.retiring_at.is_none());
        let nothing_signs = !open().any(|key| key.life(now) == Life::Active);
        if !at_once && open().any(|key| key.life(now) == Life::Announced) {
            continue;
        }
        let announcement = if at_once || nothing_signs { std::time::Duration::ZERO } else { pace.announcement };
        let next = Schedule::successor(now, announcement);
        plan.create.push((*algorithm, next));
        for key in keys.iter().filter(|key| key.algorithm == *algorithm && key.life(now) != Life::Gone) {
            plan.end(key, key.schedule.retire(next.active_at, pace.keep));
        }
    }
    plan
}

/// What the retirement of one key demands: its end, and a key in its place where it was the one that signed.
/// At once: it leaves the JWK Set now and what it signed is refused; for a key that leaked.
pub(super) fn retirement(
    keys: &[Key],
    kid: &str,
    algorithms: &[KeyAlgorithm],
    now: Time,
    pace: &Pace,
    at_once: bool,
) -> Result<Plan, Refusal> {
    let key = keys
        .iter()
        .find(|key| key.kid == kid)
        .ok_or_else(|| Code::NotFound.because("There is no key with this id."))?;
    let life = key.life(now);
    if life == Life::Gone || (life == Life::Retiring && !at_once) {
        return Err(Code::Conflict.because("This key no longer signs."));
    }
    let mut end = key.schedule.retire(now, pace.keep);
    if at_once {
        end.gone_at = Some(now);
    }
    let after: Vec<Key> = keys
        .iter()
        .map(|other| if other.kid == kid { Key { schedule: end, ..other.clone() } } else { other.clone() })
        .collect();
    let mut plan = by_the_clock(&after, algorithms, now, pace);
    plan.end(key, end);
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta};

    use super::*;
    use keys::{Algorithm, DecryptionAlgorithm};

    const HOUR: Duration = Duration::from_secs(3600);
    const PACE: Pace = Pace { rotate_every: Duration::from_secs(90 * 86_400), announcement: HOUR, keep: HOUR };
    const RS256: KeyAlgorithm = KeyAlgorithm::Signature(Algorithm::RS256);
    const ES256: KeyAlgorithm = KeyAlgorithm::Signature(Algorithm::ES256);
    const BOTH: &[KeyAlgorithm] = &[RS256, ES256];

    fn at(seconds: i64) -> Time {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn key(kid: &str, algorithm: KeyAlgorithm, schedule: Schedule) -> Key {
        Key { kid: kid.into(), algorithm, schedule }
    }

    fn pair() -> Vec<Key> {
        vec![key("r", RS256, Schedule::first(at(0))), key("e", ES256, Schedule::first(at(0)))]
    }

    fn after(keys: &[Key], plan: &Plan) -> Vec<Key> {
        let mut keys = keys.to_vec();
        for (kid, schedule) in &plan.retire {
            keys.iter_mut().find(|key| key.kid == *kid).unwrap().schedule = *schedule;
        }
        let made = plan.create.iter().enumerate();
        keys.extend(made.map(|(n, (algorithm, schedule))| key(&format!("new{n}"), *algorithm, *schedule)));
        keys
    }

    fn active(keys: &[Key], now: Time) -> Vec<&str> {
        keys.iter().filter(|key| key.life(now) == Life::Active).map(|key| key.kid.as_str()).collect()
    }

    #[test]
    fn every_configured_algorithm_gets_a_key_that_signs_at_once() {
        let plan = by_the_clock(&[], BOTH, at(0), &PACE);
        let first = Schedule::first(at(0));
        assert_eq!(plan.create, [(RS256, first), (ES256, first)]);
        assert!(by_the_clock(&after(&[], &plan), BOTH, at(1), &PACE).is_empty());
    }

    #[test]
    fn a_key_of_an_algorithm_that_is_no_longer_configured_stops_signing() {
        let plan = by_the_clock(&pair(), &[RS256], at(5), &PACE);
        assert_eq!(plan.retire, [("e".into(), Schedule::first(at(0)).retire(at(5), HOUR))]);
        assert!(plan.create.is_empty());
        assert!(by_the_clock(&after(&pair(), &plan), &[RS256], at(6), &PACE).is_empty());
    }

    #[test]
    fn keys_that_decrypt_live_by_the_same_clock() {
        let kinds = [DecryptionAlgorithm::RsaOaep256.into(), RS256];
        let plan = by_the_clock(&[], &kinds, at(0), &PACE);
        assert_eq!(plan.create.len(), 2);
        let keys = after(&[], &plan);
        let later = at(90 * 86_400);
        let next = by_the_clock(&keys, &kinds, later, &PACE);
        assert_eq!(next.create, kinds.map(|kind| (kind, Schedule::successor(later, HOUR))));
    }

    #[test]
    fn a_rotation_announces_before_it_signs() {
        let plan = rotation(&pair(), BOTH, at(10), &PACE, false);
        let keys = after(&pair(), &plan);
        assert_eq!(active(&keys, at(10)), ["r", "e"]);
        assert_eq!(active(&keys, at(10 + 3600)), ["new0", "new1"]);
        assert!(keys.iter().all(|key| key.life(at(10 + 3600)) != Life::Gone), "old keys stay published");
        assert!(rotation(&keys, BOTH, at(20), &PACE, false).is_empty(), "announced already");
        assert!(by_the_clock(&keys, BOTH, at(20), &PACE).is_empty());
    }

    #[test]
    fn a_rotation_before_there_are_keys_makes_keys_that_sign() {
        assert_eq!(rotation(&[], BOTH, at(0), &PACE, false), by_the_clock(&[], BOTH, at(0), &PACE));
    }

    #[test]
    fn a_rotation_at_once_leaves_one_key_that_signs() {
        let announced = after(&pair(), &rotation(&pair(), BOTH, at(10), &PACE, false));
        let plan = rotation(&announced, &[ES256], at(20), &PACE, true);
        assert_eq!(plan.create, [(ES256, Schedule::first(at(20)))]);
        let keys: Vec<Key> = after(&announced, &plan).into_iter().filter(|key| key.algorithm == ES256).collect();
        assert_eq!(active(&keys, at(20)), ["new0"]);
        assert_eq!(active(&keys, at(20 + 7200)), ["new0"]);
        assert!(keys.iter().all(|key| key.life(at(21)) != Life::Gone), "what they signed is still accepted");
    }

    #[test]
    fn retiring_the_signing_key_puts_another_in_its_place() {
        let plan = retirement(&pair(), "r", BOTH, at(10), &PACE, false).unwrap();
        let keys = after(&pair(), &plan);
        assert_eq!(active(&keys, at(10)), ["e", "new0"]);
        assert_eq!(keys[0].life(at(11)), Life::Retiring);
    }

    #[test]
    fn a_leaked_key_is_gone_at_once_even_if_it_was_retiring() {
        let plan = retirement(&pair(), "r", BOTH, at(10), &PACE, true).unwrap();
        assert_eq!(after(&pair(), &plan)[0].life(at(10)), Life::Gone);
        let retiring = after(&pair(), &retirement(&pair(), "r", BOTH, at(10), &PACE, false).unwrap());
        let plan = retirement(&retiring, "r", BOTH, at(20), &PACE, true).unwrap();
        let keys = after(&retiring, &plan);
        assert_eq!(keys[0].life(at(20)), Life::Gone);
        assert_eq!(keys[0].schedule.retiring_at, Some(at(10)));
        assert!(plan.create.is_empty());
    }

    #[test]
    fn what_cannot_be_retired_is_refused() {
        let refused = |keys: &[Key], kid, now| retirement(keys, kid, BOTH, now, &PACE, false).unwrap_err().code;
        assert_eq!(refused(&pair(), "x", at(0)), Code::NotFound);
        let retiring = after(&pair(), &retirement(&pair(), "r", BOTH, at(10), &PACE, false).unwrap());
        assert_eq!(refused(&retiring, "r", at(20)), Code::Conflict);
        assert_eq!(refused(&retiring, "r", at(10) + TimeDelta::days(1)), Code::Conflict);
    }
}
