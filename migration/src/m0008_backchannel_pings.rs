//! What clients are told when somebody has decided (OpenID CIBA Core §10.2).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Step;

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backchannel_ping = table("backchannel_ping")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(uuid("request_id"))
            .col(uuid("client_id"))
            .col(bytes("sealed"))
            .col(number("attempts"))
            .col(maybe(time("next_attempt_at")))
            .col(time("expires_at"))
            .foreign_key(&mut belongs("tenant_id", "tenant"))
            .foreign_key(&mut belongs("request_id", "decoupled_request"))
            .foreign_key(&mut belongs("client_id", "client"))
            .to_owned();
        let indexes = vec![
            unique("backchannel_ping", &["tenant_id", "request_id"]),
            index("backchannel_ping", &["tenant_id", "next_attempt_at"]),
            index("backchannel_ping", &["request_id"]),
            index("backchannel_ping", &["client_id"]),
        ];
        create(manager, vec![(backchannel_ping, indexes)]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["backchannel_ping"]).await
    }
}
