//! The life of a signing key by the clock: announced, active, retiring, gone.
//!
//! A row states the instants once; nothing moves it along. [`due`] says which rows to write next.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// The instants of one key's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// From here on the key stands in the JWK Set.
    pub announced_at: DateTime<Utc>,
    /// From here on it signs.
    pub active_at: DateTime<Utc>,
    /// From here on it signs no more, but what it signed is still accepted. `None`: no successor yet.
    pub retiring_at: Option<DateTime<Utc>>,
    /// From here on it is out of the JWK Set and what it signed is refused.
    pub gone_at: Option<DateTime<Utc>>,
}

/// Where a key stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Published, so that caches learn it before the first signature.
    Announced,
    /// Signs.
    Active,
    /// Only verifies.
    Retiring,
    /// Neither.
    Gone,
}

/// How fast keys follow each other.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How long a key signs before the next one takes over.
    pub rotate_every: Duration,
    /// How long a key is published before it signs: at least as long as anyone may cache the JWK Set.
    pub announcement: Duration,
    /// How long a key is published after its last signature: at least the life of the longest-lived token.
    pub keep: Duration,
}

/// One thing to write down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Make a new key of this algorithm with this schedule.
    Create(Schedule),
    /// Give the key at this place of the list its end.
    Retire {
        /// Place in the list that [`due`] was given.
        index: usize,
        /// The schedule to store in place of the present one.
        schedule: Schedule,
    },
}

impl Schedule {
    /// A key that signs at once: nobody can have cached a JWK Set that lacks it, or nothing else can sign.
    pub fn first(now: DateTime<Utc>) -> Self {
        Self::successor(now, Duration::ZERO)
    }

    /// A key that is published now and signs after `announcement`.
    pub fn successor(now: DateTime<Utc>, announcement: Duration) -> Self {
        Self { announced_at: now, active_at: later(now, announcement), retiring_at: None, gone_at: None }
    }

    /// The same key with an end: it stops signing at `at` and is gone `keep` later. An earlier end stays.
    #[must_use]
    pub fn retire(self, at: DateTime<Utc>, keep: Duration) -> Self {
        match self.retiring_at {
            Some(earlier) if earlier <= at => self,
            _ => Self { retiring_at: Some(at), gone_at: Some(later(at, keep)), ..self },
        }
    }

    /// Where the key stands at `now`. Each instant belongs to the state that it begins. Before its announcement (a node
    /// whose clock is behind) a key counts as announced.
    pub fn life(&self, now: DateTime<Utc>) -> Life {
        let reached = |instant: Option<DateTime<Utc>>| instant.is_some_and(|instant| instant <= now);
        if reached(self.gone_at) {
            Life::Gone
        } else if reached(self.retiring_at) {
            Life::Retiring
        } else if self.active_at <= now {
            Life::Active
        } else {
            Life::Announced
        }
    }
}

/// What has to be written for the keys of one algorithm, so that there is always one that signs and the next is announced
/// in time. Writing it and asking again gives nothing more. Pure: run it as often as you like, on one node at a time.
pub fn due(schedules: &[Schedule], now: DateTime<Utc>, pace: &Pace) -> Vec<Action> {
    let created = next_key(schedules, now, pace);

    // Keys without an end, oldest first; of two made at the same instant the later in the list is the younger.
    let mut open: Vec<(Option<usize>, Schedule)> = schedules
        .iter()
        .enumerate()
        .filter(|(_, schedule)| schedule.retiring_at.is_none())
        .map(|(index, schedule)| (Some(index), *schedule))
        .chain(created.map(|schedule| (None, schedule)))
        .collect();
    open.sort_by_key(|(_, schedule)| schedule.active_at);

    let retired = open.windows(2).filter_map(|pair| {
        let (index, schedule) = pair[0];
        // Not in the past: a node that has not yet loaded the younger key may have signed with this one until now.
        let handover = pair[1].1.active_at.max(now);
        Some(Action::Retire { index: index?, schedule: schedule.retire(handover, pace.keep) })
    });
    created.map(Action::Create).into_iter().chain(retired).collect()
}

/// The key that is missing, if one is.
fn next_key(schedules: &[Schedule], now: DateTime<Utc>, pace: &Pace) -> Option<Schedule> {
    let active = || schedules.iter().filter(|schedule| schedule.life(now) == Life::Active);
    if active().next().is_none() {
        return Some(Schedule::first(now));
    }
    let newest_open =
        schedules.iter().filter(|schedule| schedule.retiring_at.is_none()).max_by_key(|schedule| schedule.active_at);
    let successor = Schedule::successor(now, pace.announcement);
    match newest_open {
        Some(newest) => {
            let announce_at = later(newest.active_at, pace.rotate_every.saturating_sub(pace.announcement));
            (newest.active_at <= now && announce_at <= now).then_some(successor)
        }
        // Every key has an end (an operator retired the last one): the next must be there when it comes, announced or not.
        None => {
            let end = active().filter_map(|schedule| schedule.retiring_at).max()?;
            Some(Schedule { active_at: successor.active_at.min(end), ..successor })
        }
    }
}

/// `at` plus `wait`, or the end of time: settings may say "never" with a very large number.
fn later(at: DateTime<Utc>, wait: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(wait).ok().and_then(|wait| at.checked_add_signed(wait)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const DAY: Duration = Duration::from_secs(86_400);
    const PACE: Pace = Pace { rotate_every: Duration::from_secs(90 * 86_400), announcement: DAY, keep: HOUR };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    fn write(schedules: &mut Vec<Schedule>, actions: &[Action]) {
        for action in actions {
            match action {
                Action::Create(schedule) => schedules.push(*schedule),
                Action::Retire { index, schedule } => schedules[*index] = *schedule,
            }
        }
    }

    #[test]
    fn each_instant_begins_its_state() {
        let key = Schedule::successor(at(0), Duration::from_secs(10)).retire(at(20), Duration::from_secs(10));
        let life = [(-5, Life::Announced), (0, Life::Announced), (9, Life::Announced), (10, Life::Active)];
        for (second, expected) in life {
            assert_eq!(key.life(at(second)), expected, "{second}");
        }
        let death = [(19, Life::Active), (20, Life::Retiring), (29, Life::Retiring), (30, Life::Gone)];
        for (second, expected) in death {
            assert_eq!(key.life(at(second)), expected, "{second}");
        }
        assert_eq!(Schedule::first(at(0)).life(at(0)), Life::Active);
        assert_eq!(Schedule::first(at(0)).life(DateTime::<Utc>::MAX_UTC), Life::Active);
    }

    #[test]
    fn an_earlier_end_stays() {
        let key = Schedule::first(at(0)).retire(at(100), HOUR);
        assert_eq!(key.retire(at(200), DAY), key);
        assert_eq!(key.retire(at(50), HOUR).retiring_at, Some(at(50)));
    }

    #[test]
    fn the_first_key_is_made_at_once() {
        assert_eq!(due(&[], at(0), &PACE), [Action::Create(Schedule::first(at(0)))]);
        let gone = Schedule::first(at(0)).retire(at(1), HOUR);
        assert_eq!(due(&[gone], at(9000), &PACE), [Action::Create(Schedule::first(at(9000)))]);
    }

    #[test]
    fn a_young_key_and_an_announced_one_are_left_alone() {
        let young = Schedule::first(at(0));
        assert_eq!(due(&[young], at(89 * 86_400 - 1), &PACE), []);
        let now = at(89 * 86_400);
        let mut schedules = vec![young];
        write(&mut schedules, &due(&[young], now, &PACE));
        assert_eq!(due(&schedules, now, &PACE), []);
    }

    #[test]
    fn the_successor_is_announced_in_time_and_the_old_key_ends_when_it_begins() {
        let old = Schedule::first(at(0));
        let now = at(89 * 86_400);
        let next = Schedule::successor(now, DAY);
        assert_eq!(
            due(&[old], now, &PACE),
            [Action::Create(next), Action::Retire { index: 0, schedule: old.retire(at(90 * 86_400), HOUR) }]
        );
    }

    #[test]
    fn two_keys_made_at_once_become_one_without_ending_in_the_past() {
        let (one, two) = (Schedule::first(at(0)), Schedule::first(at(0)));
        let retired = one.retire(at(50), HOUR);
        assert_eq!(due(&[one, two], at(50), &PACE), [Action::Retire { index: 0, schedule: retired }]);
    }

    #[test]
    fn a_key_retired_by_hand_is_followed_before_it_ends() {
        let soon = Schedule::first(at(0)).retire(at(100), HOUR);
        let [Action::Create(next)] = due(&[soon], at(10), &PACE)[..] else { panic!("one new key") };
        assert_eq!((next.announced_at, next.active_at), (at(10), at(100)));
        let late = Schedule::first(at(0)).retire(at(10 * 86_400), HOUR);
        let [Action::Create(next)] = due(&[late], at(10), &PACE)[..] else { panic!("one new key") };
        assert_eq!(next.active_at, at(10 + 86_400));
    }

    #[test]
    fn a_gap_before_an_announced_key_is_bridged() {
        let ended = Schedule::first(at(0)).retire(at(50), HOUR);
        let announced = Schedule::successor(at(50), DAY);
        let bridge = Schedule::first(at(60));
        assert_eq!(due(&[ended, announced], at(60), &PACE), [Action::Create(bridge)]);
        // The bridge itself ends when the announced key begins.
        assert_eq!(
            due(&[ended, announced, bridge], at(61), &PACE),
            [Action::Retire { index: 2, schedule: bridge.retire(announced.active_at, HOUR) }]
        );
    }

    #[test]
    fn never_is_a_long_time() {
        let pace = Pace { rotate_every: Duration::MAX, ..PACE };
        let old = Schedule::first(at(0));
        assert_eq!(due(&[old], at(1_000_000_000), &pace), []);
        assert_eq!(old.retire(at(0), Duration::MAX).gone_at, Some(DateTime::<Utc>::MAX_UTC));
    }

    #[test]
    fn over_years_something_signs_and_everything_is_announced_and_kept() {
        // Asked every seven hours, with an outage of half a year in between.
        let mut schedules = Vec::new();
        let mut hour = 0_i64;
        while hour < 3 * 365 * 24 {
            let now = at(hour * 3600);
            let actions = due(&schedules, now, &PACE);
            write(&mut schedules, &actions);
            assert_eq!(due(&schedules, now, &PACE), [], "asking twice gives nothing more");
            let alive = |life| schedules.iter().filter(|schedule| schedule.life(now) == life).count();
            assert_eq!(alive(Life::Active), 1, "hour {hour}");
            assert!(alive(Life::Announced) + alive(Life::Retiring) <= 2);
            hour += if hour == 7 * 700 { 180 * 24 } else { 7 };
        }
        assert!(schedules.len() > 8, "{} keys", schedules.len());
        for pair in schedules.windows(2) {
            assert!(pair[1].active_at - pair[1].announced_at >= TimeDelta::days(1));
            assert_eq!(pair[0].retiring_at, Some(pair[1].active_at));
            assert_eq!(pair[0].gone_at, Some(pair[1].active_at + TimeDelta::hours(1)));
        }
    }
}
