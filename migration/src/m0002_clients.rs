//! Clients, their secrets, consents and refresh token families.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Step;

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let client = table("client")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(text("client_id"))
            .col(text("name"))
            .col(text("application_type"))
            .col(text("auth_method"))
            .col(json("redirect_uris"))
            .col(json("post_logout_redirect_uris"))
            .col(json("grants"))
            .col(text("scope"))
            .col(flag("pkce_required"))
            .col(flag("first_party"))
            .col(maybe(number("access_token_ttl")))
            .col(maybe(text("client_uri")))
            .col(maybe(text("logo_uri")))
            .col(maybe(text("policy_uri")))
            .col(maybe(text("tos_uri")))
            .col(json("metadata"))
            .col(maybe(uuid("owner_id")))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut belongs("tenant_id", "tenant"))
            .foreign_key(&mut belongs("owner_id", "user"))
            .to_owned();
        let client_secret = table("client_secret")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(uuid("client_id"))
            .col(bytes("digest"))
            .col(maybe(bytes("sealed")))
            .col(time("created_at"))
            .col(maybe(time("expires_at")))
            .foreign_key(&mut belongs("client_id", "client"))
            .to_owned();
        let consent = table("consent")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(uuid("user_id"))
            .col(uuid("client_id"))
            .col(text("scope"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut belongs("user_id", "user"))
            .foreign_key(&mut belongs("client_id", "client"))
            .to_owned();
        let family = table("refresh_token_family")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(uuid("user_id"))
            .col(maybe(uuid("client_id")))
            .col(maybe(uuid("session_id")))
            .col(text("scope"))
            .col(json("authentication"))
            .col(bytes("current_digest"))
            .col(maybe(bytes("previous_digest")))
            .col(number("generation"))
            .col(flag("replaced"))
            .col(time("rotated_at"))
            .col(time("created_at"))
            .col(time("idle_expires_at"))
            .col(time("expires_at"))
            .col(maybe(time("revoked_at")))
            .col(maybe(text("revoke_reason")))
            .foreign_key(&mut belongs("user_id", "user"))
            .foreign_key(&mut belongs("client_id", "client"))
            .foreign_key(&mut belongs("session_id", "user_session"))
            .to_owned();
        create(
            manager,
            vec![
                (client, vec![unique("client", &["tenant_id", "client_id"]), index("client", &["owner_id"])]),
                (client_secret, vec![index("client_secret", &["client_id"])]),
                (
                    consent,
                    vec![unique("consent", &["tenant_id", "user_id", "client_id"]), index("consent", &["client_id"])],
                ),
                (
                    family,
                    vec![
                        index("refresh_token_family", &["user_id", "client_id"]),
                        index("refresh_token_family", &["session_id"]),
                        index("refresh_token_family", &["expires_at"]),
                    ],
                ),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["refresh_token_family", "consent", "client_secret", "client"]).await
    }
}
