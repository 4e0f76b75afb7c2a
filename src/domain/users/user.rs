//! A person.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::kernel::{
    Time,
    email::Email,
    id::{TenantId, UserId},
};

/// One person of one tenant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct User {
    /// Identifier, the `sub` of their tokens; never reassigned.
    pub id: UserId,
    /// The tenant.
    #[serde(skip)]
    pub tenant: TenantId,
    /// The address.
    pub email: Email,
    /// When the person proved that the address is theirs.
    pub email_verified_at: Option<Time>,
    /// Full name.
    pub name: String,
    /// Further standard claims by their names (OpenID Connect Core §5.1).
    pub claims: Map<String, Value>,
    /// Whether the person may administer the tenant.
    pub admin: bool,
    /// Since when the person is locked out.
    pub locked_at: Option<Time>,
    /// When the account was made.
    pub created_at: Time,
    /// When the profile last changed.
    pub updated_at: Time,
}

/// What a person may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Everything.
    Active,
    /// Nothing that needs a proved address.
    Unverified,
    /// Nothing.
    Locked,
}

impl User {
    /// What the person may do now. `demand_verified`: whether the address must have been proved for it.
    pub fn standing(&self, demand_verified: bool) -> Standing {
        if self.locked_at.is_some() {
            Standing::Locked
        } else if demand_verified && self.email_verified_at.is_none() {
            Standing::Unverified
        } else {
            Standing::Active
        }
    }

    /// Whether an operator locked the person out.
    pub fn is_locked(&self) -> bool {
        self.standing(false) == Standing::Locked
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::kernel::Clock;

    /// A person who just registered.
    pub(crate) fn ada() -> User {
        let now = Clock::System.now();
        User {
            id: UserId::fresh(),
            tenant: TenantId::fresh(),
            email: Email::parse("Ada@example.test").unwrap(),
            email_verified_at: None,
            name: "Ada".into(),
            claims: Map::new(),
            admin: false,
            locked_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    #[test]
    fn a_lock_outweighs_everything() {
        let fresh = ada();
        assert_eq!(fresh.standing(false), Standing::Active);
        assert_eq!(fresh.standing(true), Standing::Unverified);
        let verified = User { email_verified_at: Some(fresh.created_at), ..fresh };
        assert_eq!(verified.standing(true), Standing::Active);
        let locked = User { locked_at: Some(verified.created_at), ..verified };
        assert_eq!(locked.standing(true), Standing::Locked);
        assert_eq!(locked.standing(false), Standing::Locked);
        assert!(locked.is_locked());
    }
}
