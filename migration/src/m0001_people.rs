//! Tenants, people, their passwords, proofs of address, sessions and the audit trail.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Step;

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tenant = table("tenant")
            .col(key("id"))
            .col(text("slug"))
            .col(text("path"))
            .col(text("name"))
            .col(time("created_at"))
            .to_owned();
        let user = table("user")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(text("email"))
            .col(text("email_canonical"))
            .col(maybe(time("email_verified_at")))
            .col(text("name"))
            .col(json("claims"))
            .col(flag("admin"))
            .col(maybe(time("locked_at")))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut belongs("tenant_id", "tenant"))
            .to_owned();
        let email_verification = table("email_verification")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(uuid("user_id"))
            .col(text("purpose"))
            .col(text("email_canonical"))
            .col(bytes("link_digest"))
            .col(maybe(bytes("code_digest")))
            .col(maybe(text("claimed_name")))
            .col(maybe(text("claimed_hash")))
            .col(number("attempts"))
            .col(time("created_at"))
            .col(time("expires_at"))
            .col(maybe(time("used_at")))
            .foreign_key(&mut belongs("user_id", "user"))
            .to_owned();
        let credential_password = table("credential_password")
            .col(key("user_id"))
            .col(uuid("tenant_id"))
            .col(text("hash"))
            .col(time("changed_at"))
            .foreign_key(&mut belongs("user_id", "user"))
            .to_owned();
        let user_session = table("user_session")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(uuid("user_id"))
            .col(text("kind"))
            .col(maybe(bytes("secret_digest")))
            .col(text("device_name"))
            .col(maybe(text("user_agent")))
            .col(maybe(text("address")))
            .col(json("methods"))
            .col(time("authenticated_at"))
            .col(time("created_at"))
            .col(time("last_seen_at"))
            .col(time("idle_expires_at"))
            .col(time("expires_at"))
            .col(maybe(time("ended_at")))
            .col(maybe(text("end_reason")))
            .foreign_key(&mut belongs("user_id", "user"))
            .to_owned();
        // No foreign keys: the trail outlives what it tells of.
        let user_activity = table("user_activity")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(time("at"))
            .col(text("name"))
            .col(text("actor"))
            .col(maybe(uuid("user_id")))
            .col(maybe(uuid("client_id")))
            .col(maybe(uuid("session_id")))
            .col(maybe(text("address")))
            .col(maybe(text("device")))
            .col(uuid("request_id"))
            .col(json("details"))
            .to_owned();
        create(
            manager,
            vec![
                (tenant, vec![unique("tenant", &["slug"]), unique("tenant", &["path"])]),
                (user, vec![unique("user", &["tenant_id", "email_canonical"])]),
                (
                    email_verification,
                    vec![
                        unique("email_verification", &["tenant_id", "link_digest"]),
                        index("email_verification", &["user_id", "purpose"]),
                    ],
                ),
                (credential_password, vec![]),
                (
                    user_session,
                    vec![
                        unique("user_session", &["tenant_id", "secret_digest"]),
                        index("user_session", &["user_id", "ended_at"]),
                    ],
                ),
                (
                    user_activity,
                    vec![
                        index("user_activity", &["tenant_id", "user_id", "at"]),
                        index("user_activity", &["tenant_id", "at"]),
                    ],
                ),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = ["user_activity", "user_session", "credential_password", "email_verification", "user", "tenant"];
        drop(manager, &tables).await
    }
}
