//! The signing keys of every tenant, built once and swapped as a whole.

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;
use keys::Ring;

use crate::kernel::{Fault, Result, id::TenantId};

/// Rings by tenant. Reading one is an atomic load; nothing is built per request.
#[derive(Default)]
pub struct Keyrings(ArcSwap<HashMap<TenantId, Arc<Ring>>>);

impl Keyrings {
    /// The ring of a tenant.
    pub fn of(&self, tenant: TenantId) -> Result<Arc<Ring>> {
        let ring = self.0.load().get(&tenant).cloned();
        ring.ok_or_else(|| Fault::unavailable("keys", "the signing keys were not loaded yet").into())
    }

    /// Replaces the ring of a tenant.
    pub fn replace(&self, tenant: TenantId, ring: Arc<Ring>) {
        self.0.rcu(|rings| {
            let mut rings = HashMap::clone(rings);
            rings.insert(tenant, ring.clone());
            rings
        });
    }
}
