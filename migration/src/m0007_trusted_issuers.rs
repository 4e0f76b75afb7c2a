//! Other issuers whose word counts here, and what they call the people of this one.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Step;

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let trusted_issuer = table("trusted_issuer")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(text("issuer"))
            .col(json("uses"))
            .col(maybe(json("jwks")))
            .col(maybe(text("jwks_uri")))
            .col(json("audiences"))
            .col(text("subject_mapping"))
            .col(json("clients"))
            .col(text("scope"))
            .col(number("max_lifetime"))
            .col(time("created_at"))
            .foreign_key(&mut belongs("tenant_id", "tenant"))
            .to_owned();
        let issuer_subject = table("issuer_subject")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(uuid("issuer_id"))
            .col(text("subject"))
            .col(uuid("user_id"))
            .col(time("created_at"))
            .foreign_key(&mut belongs("issuer_id", "trusted_issuer"))
            .foreign_key(&mut belongs("user_id", "user"))
            .to_owned();
        create(
            manager,
            vec![
                (trusted_issuer, vec![unique("trusted_issuer", &["tenant_id", "issuer"])]),
                (
                    issuer_subject,
                    vec![
                        unique("issuer_subject", &["tenant_id", "issuer_id", "subject"]),
                        index("issuer_subject", &["user_id"]),
                    ],
                ),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["issuer_subject", "trusted_issuer"]).await
    }
}
