//! The salts of pairwise subjects, by tenant: read once, never changed.

use std::{collections::HashMap, fmt};

use arc_swap::ArcSwap;

use crate::kernel::{Fault, Result, id::TenantId, mac::MacKeys};

/// Salts by tenant.
#[derive(Default)]
pub struct PairwiseSalts(ArcSwap<HashMap<TenantId, MacKeys>>);

impl PairwiseSalts {
    /// The salt of a tenant, as a key for subjects.
    pub fn of(&self, tenant: TenantId) -> Result<MacKeys> {
        let salt = self.0.load().get(&tenant).cloned();
        salt.ok_or_else(|| Fault::unavailable("keys", "the salts were not loaded yet").into())
    }

    /// Replaces all of them.
    pub fn replace(&self, salts: HashMap<TenantId, MacKeys>) {
        self.0.store(salts.into());
    }
}

impl fmt::Debug for PairwiseSalts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PairwiseSalts({})", self.0.load().len())
    }
}
