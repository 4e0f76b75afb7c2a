//! The salt of pairwise subjects (OpenID Connect Core §8.1): made with the tenant, sealed at rest, sealed anew when the master
//! key was rotated, and never changed, because every subject would change with it.

use std::collections::HashMap;

use super::store;
use crate::{
    app::App,
    kernel::{Fault, Result, id::TenantId, mac::MacKeys},
    ports::random,
};

/// Reads the salts of all tenants into the service, and makes those that are missing.
pub(super) async fn load(app: &App, tenants: &[TenantId]) -> Result<()> {
    let mut rows = store::salts(app.db.reader()).await?;
    if tenants.iter().any(|tenant| !rows.contains_key(tenant)) {
        for tenant in tenants.iter().filter(|tenant| !rows.contains_key(*tenant)) {
            let sealed = seal(app, *tenant, &random::bytes::<32>()?)?;
            store::insert_salt(&*app.db.lone_write().await, *tenant, sealed, app.clock.now()).await?;
        }
        rows = store::salts(app.db.reader()).await?; // another node may have been first
    }
    let mut salts = HashMap::new();
    for (tenant, sealed) in rows {
        let opened = app.master.open(&sealed, &context(tenant));
        let salt = opened.map_err(|error| Fault::broken_by("the salt of pairwise subjects cannot be opened", error))?;
        if !app.master.is_current(&sealed) {
            store::reseal_salt(&*app.db.lone_write().await, tenant, &sealed, seal(app, tenant, &salt)?).await?;
        }
        let key = salt.as_slice().try_into().map_err(|_| Fault::broken("a salt that is not 32 bytes long"))?;
        salts.insert(tenant, MacKeys::new(vec![key]));
    }
    app.pairwise.replace(salts);
    Ok(())
}

fn seal(app: &App, tenant: TenantId, salt: &[u8]) -> Result<Vec<u8>> {
    let sealed = app.master.seal(salt, &context(tenant));
    sealed.map_err(|error| Fault::broken_by("a salt cannot be sealed", error).into())
}

fn context(tenant: TenantId) -> String {
    format!("subject_salt:{tenant}")
}

#[cfg(test)]
mod tests {
    use crate::domain::{tenants, testing::World};

    #[tokio::test]
    async fn a_salt_is_made_once_and_read_again() {
        let world = World::start().await;
        let of = |app: &crate::app::App| app.pairwise.of(world.tenant.id).unwrap().tag(&[b"x"]);
        let first = of(&world.app);
        tenants::load(&world.app).await.unwrap();
        assert_eq!(of(&world.app), first);
    }
}
