//! Signing keys and the mail queue.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Step;

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let signing_key = table("signing_key")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(text("kid"))
            .col(text("algorithm"))
            .col(bytes("sealed"))
            .col(time("announced_at"))
            .col(time("active_at"))
            .col(maybe(time("retiring_at")))
            .col(maybe(time("gone_at")))
            .foreign_key(&mut belongs("tenant_id", "tenant"))
            .to_owned();
        let outgoing_mail = table("outgoing_mail")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(maybe(uuid("user_id")))
            .col(text("kind"))
            .col(text("recipient"))
            .col(maybe(bytes("sealed")))
            .col(text("state"))
            .col(number("attempts"))
            .col(time("next_attempt_at"))
            .col(time("created_at"))
            .col(maybe(time("sent_at")))
            .col(maybe(text("last_error")))
            .foreign_key(&mut belongs("tenant_id", "tenant"))
            .foreign_key(&mut belongs("user_id", "user"))
            .to_owned();
        create(
            manager,
            vec![
                (signing_key, vec![unique("signing_key", &["tenant_id", "kid"])]),
                (
                    outgoing_mail,
                    vec![index("outgoing_mail", &["state", "next_attempt_at"]), index("outgoing_mail", &["user_id"])],
                ),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["outgoing_mail", "signing_key"]).await
    }
}
