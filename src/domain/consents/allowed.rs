//! An application in the list of those that may use an account: put together from what was allowed and what is in use.

use std::collections::HashMap;

use super::{Consent, Epoch};
use crate::{
    domain::clients::Client,
    kernel::{Time, details::Details, id::ClientId, scope::Scopes},
};

/// One application, and what it may do.
#[derive(Debug, Clone)]
pub struct Allowed {
    /// Which.
    pub client: Client,
    /// What it may do.
    pub scope: Scopes,
    /// The APIs that were named, by URI.
    pub resources: Vec<String>,
    /// Authorization details, as far as they are remembered or in use.
    pub details: Details,
    /// Since when.
    pub since: Time,
    /// When it last asked for tokens or used a refresh token, as far as it is remembered.
    pub last_used_at: Option<Time>,
    /// Whether it can go on while the person is away.
    pub while_away: bool,
}

/// What a row of `consent` says.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Whom.
    pub(super) client: ClientId,
    /// What is allowed; none after a withdrawal.
    pub(super) consent: Option<Consent>,
    /// What is good of what was granted.
    pub(super) epoch: Epoch,
}

/// A family of refresh tokens that is good, its epoch aside.
#[derive(Debug, Clone)]
pub(super) struct InUse {
    /// Whose.
    pub(super) client: ClientId,
    /// What was granted.
    pub(super) scope: Scopes,
    /// For which APIs.
    pub(super) resources: Vec<String>,
    /// Which authorization details.
    pub(super) details: Details,
    /// In which epoch.
    pub(super) epoch: Epoch,
    /// Whether it outlives the session.
    pub(super) while_away: bool,
    /// When.
    pub(super) since: Time,
    /// When it was last used.
    pub(super) last_used_at: Time,
}

/// One entry per client that is allowed something or, being the operator's own, holds a refresh token without having been
/// allowed anything. In no order; the clients are filled in later.
pub(super) fn gather(rows: Vec<Row>, in_use: Vec<InUse>, asked: &HashMap<ClientId, Time>) -> HashMap<ClientId, Entry> {
    let epochs: HashMap<_, _> = rows.iter().map(|row| (row.client, row.epoch)).collect();
    let mut entries: HashMap<ClientId, Entry> = HashMap::new();
    for row in rows {
        if let Some(consent) = row.consent {
            let Consent { scope, resources, details, since } = consent;
            let entry = Entry { scope, resources, details, since, last_used_at: None, while_away: false };
            entries.insert(row.client, entry);
        }
    }
    for family in in_use {
        if epochs.get(&family.client).copied().unwrap_or_default() != family.epoch {
            continue; // written by a code that was redeemed in the very moment of the withdrawal: dead
        }
        let entry = entries.entry(family.client).or_insert_with(|| Entry {
            scope: Scopes::default(),
            resources: Vec::new(),
            details: Details::default(),
            since: family.since,
            last_used_at: None,
            while_away: false,
        });
        entry.scope = entry.scope.union(&family.scope);
        entry.resources.extend(family.resources);
        entry.details = std::mem::take(&mut entry.details).and(family.details);
        entry.since = entry.since.min(family.since);
        entry.last_used_at = entry.last_used_at.max(Some(family.last_used_at));
        entry.while_away |= family.while_away;
    }
    for (client, entry) in &mut entries {
        entry.last_used_at = entry.last_used_at.max(asked.get(client).copied());
        entry.resources.sort_unstable();
        entry.resources.dedup();
    }
    entries
}

/// An entry whose client is known by its row only.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    scope: Scopes,
    resources: Vec<String>,
    details: Details,
    since: Time,
    last_used_at: Option<Time>,
    while_away: bool,
}

impl Entry {
    /// With its client.
    pub(super) fn of(self, client: Client) -> Allowed {
        let Self { scope, resources, details, since, last_used_at, while_away } = self;
        Allowed { client, scope, resources, details, since, last_used_at, while_away }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::kernel::Clock;

    fn scopes(text: &str) -> Scopes {
        Scopes::parse(text).unwrap()
    }

    fn details(kind: &str) -> Details {
        Details::parse(&format!(r#"[{{"type":"{kind}"}}]"#)).unwrap()
    }

    fn row(client: ClientId, epoch: i32, scope: Option<&str>, since: Time) -> Row {
        let consent = scope.map(|scope| Consent {
            scope: scopes(scope),
            resources: vec!["b".into()],
            details: details("account"),
            since,
        });
        Row { client, consent, epoch: epoch.into() }
    }

    fn family(client: ClientId, epoch: i32, while_away: bool, since: Time) -> InUse {
        let resources = vec!["b".into(), "a".into()];
        let last_used_at = since + TimeDelta::hours(1);
        let (scope, details) = (scopes("openid"), details("payment"));
        InUse { client, scope, resources, details, epoch: epoch.into(), while_away, since, last_used_at }
    }

    #[test]
    fn what_is_in_use_is_told_with_what_was_allowed() {
        let (client, now) = (ClientId::fresh(), Clock::System.now());
        let hours = |count| now + TimeDelta::hours(count);
        let in_use = vec![family(client, 1, false, hours(3)), family(client, 1, true, hours(2))];
        let asked = HashMap::from([(client, hours(5))]);
        let found = gather(vec![row(client, 1, Some("openid email"), now)], in_use, &asked).remove(&client).unwrap();
        let resources = vec!["a".to_owned(), "b".to_owned()];
        let last_used_at = Some(hours(5));
        let (scope, details) = (scopes("openid email"), details("account").and(details("payment")));
        assert_eq!(found, Entry { scope, resources, details, since: now, last_used_at, while_away: true });
    }

    #[test]
    fn what_was_taken_back_is_not_there_whatever_came_too_late() {
        let (client, now) = (ClientId::fresh(), Clock::System.now());
        let asked = HashMap::from([(client, now)]);
        assert!(gather(vec![row(client, 1, None, now)], vec![family(client, 0, true, now)], &asked).is_empty());
        assert!(gather(vec![], vec![], &asked).is_empty(), "asking is not having");
    }

    #[test]
    fn the_operators_own_client_is_there_while_it_holds_something() {
        let (client, now) = (ClientId::fresh(), Clock::System.now());
        for (rows, epoch) in [(vec![], 0), (vec![row(client, 2, None, now)], 2)] {
            let found = gather(rows, vec![family(client, epoch, true, now)], &HashMap::new());
            assert_eq!(found[&client].last_used_at, Some(now + TimeDelta::hours(1)));
        }
    }
}
