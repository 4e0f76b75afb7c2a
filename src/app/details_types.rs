//! The names of the types of authorization details that each tenant knows: discovery tells them though the database is away.

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;

use crate::kernel::id::TenantId;

/// Names by tenant, swapped as a whole.
#[derive(Debug, Default)]
pub struct DetailsTypes(ArcSwap<HashMap<TenantId, Arc<Vec<String>>>>);

impl DetailsTypes {
    /// Those of a tenant, in alphabetical order; none where they were not loaded yet.
    pub fn of(&self, tenant: TenantId) -> Arc<Vec<String>> {
        self.0.load().get(&tenant).cloned().unwrap_or_default()
    }

    /// Replaces those of every tenant; `domain::resources` reads them from the database.
    pub fn replace(&self, names: HashMap<TenantId, Vec<String>>) {
        self.0.store(Arc::new(names.into_iter().map(|(tenant, names)| (tenant, Arc::new(names))).collect()));
    }
}
