//! Clients that are known by the address of their own description (client ID metadata documents).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Step;

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let client_document = table("client_document")
            .col(key("client_id"))
            .col(uuid("tenant_id"))
            .col(time("fetched_at"))
            .col(time("fresh_until"))
            .foreign_key(&mut belongs("client_id", "client"))
            .foreign_key(&mut belongs("tenant_id", "tenant"))
            .to_owned();
        let indexes = vec![index("client_document", &["tenant_id", "fetched_at"])];
        create(manager, vec![(client_document, indexes)]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["client_document"]).await
    }
}
