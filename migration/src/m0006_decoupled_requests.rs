//! Requests that a person decides on another device than the one that asked (RFC 8628).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Step;

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let decoupled_request = table("decoupled_request")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(text("kind"))
            .col(bytes("handle_digest"))
            .col(maybe(bytes("user_code_digest")))
            .col(uuid("client_id"))
            .col(maybe(uuid("user_id")))
            .col(text("state"))
            .col(text("scope"))
            .col(json("details"))
            .col(maybe(json("authentication")))
            .col(time("created_at"))
            .col(time("expires_at"))
            .foreign_key(&mut belongs("tenant_id", "tenant"))
            .foreign_key(&mut belongs("client_id", "client"))
            .foreign_key(&mut belongs("user_id", "user"))
            .to_owned();
        let indexes = vec![
            unique("decoupled_request", &["tenant_id", "handle_digest"]),
            unique("decoupled_request", &["tenant_id", "user_code_digest"]),
            index("decoupled_request", &["tenant_id", "expires_at"]),
            index("decoupled_request", &["client_id"]),
            index("decoupled_request", &["user_id"]),
        ];
        create(manager, vec![(decoupled_request, indexes)]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["decoupled_request"]).await
    }
}
