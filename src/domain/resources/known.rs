//! Reading the types of authorization details into the service, for those who ask what there is.

use std::collections::HashMap;

use super::store;
use crate::{app::App, kernel::Result};

/// Reads the names of every tenant's types.
pub async fn load(app: &App) -> Result<()> {
    let mut known = HashMap::new();
    for tenant in app.all_tenants() {
        let resources = store::list(app.db.reader(), tenant.id).await?;
        let mut names: Vec<_> =
            resources.into_iter().flat_map(|resource| resource.authorization_details_types.into_keys()).collect();
        names.sort_unstable();
        known.insert(tenant.id, names);
    }
    app.details_types.replace(known);
    Ok(())
}
