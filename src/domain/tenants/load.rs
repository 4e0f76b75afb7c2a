//! Reading the tenants into the service, and making the first one.

use super::{salt, store};
use crate::{
    app::App,
    kernel::{Result, Tenant, id::TenantId},
};

/// Reads every tenant and serves it: its issuer is the configured one and its path.
pub async fn load(app: &App) -> Result<()> {
    let rows = store::all(app.db.reader()).await?;
    salt::load(app, &rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    app.serve_tenants(rows.into_iter().map(|row| Tenant {
        issuer: issuer(app.config.issuer.as_str(), &row.path),
        id: row.id,
        slug: row.slug,
        path: row.path,
        name: row.name,
    }));
    Ok(())
}

/// Makes the tenant at the root issuer where there is none yet. Nodes that start at once make one.
pub async fn ensure_default(app: &App) -> Result<()> {
    if !store::all(app.db.reader()).await?.is_empty() {
        return Ok(());
    }
    let first = store::Row {
        id: TenantId::fresh(),
        slug: "default".into(),
        path: String::new(),
        name: app.config.branding.product_name.clone(),
    };
    let writer = app.db.lone_write().await;
    store::insert_first(&*writer, &first, app.clock.now()).await
}

fn issuer(root: &str, path: &str) -> String {
    format!("{root}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::bare;

    #[test]
    fn the_root_tenant_has_the_configured_issuer() {
        assert_eq!(issuer("https://id.example.test", ""), "https://id.example.test");
        assert_eq!(issuer("https://id.example.test", "/acme"), "https://id.example.test/acme");
    }

    #[tokio::test]
    async fn nodes_that_start_at_once_make_one_tenant() {
        let (app, _files) = bare(|_| {}).await;
        let app = &app;
        let (a, b, c) = tokio::join!(ensure_default(app), ensure_default(app), ensure_default(app));
        a.and(b).and(c).unwrap();
        load(app).await.unwrap();
        assert_eq!(app.all_tenants().len(), 1);
        let tenant = app.tenant("").unwrap();
        ensure_default(app).await.unwrap();
        load(app).await.unwrap();
        assert_eq!(app.tenant("").unwrap().id, tenant.id);
    }
}
