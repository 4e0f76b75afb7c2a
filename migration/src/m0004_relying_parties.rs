//! Resources, which clients had a session, notices that it is over, clients that registered themselves, and the salt of
//! pairwise subjects.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use crate::columns::*;

/// The columns by which sessions are found that ran out and that nobody ended.
const EXPIRING: &[&str] = &["tenant_id", "ended_at", "idle_expires_at"];

#[derive(DeriveMigrationName)]
pub struct Step;

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let resource = table("resource")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(text("uri"))
            .col(text("name"))
            .col(text("scope"))
            .col(text("access_token_format"))
            .col(maybe(number("access_token_ttl")))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut belongs("tenant_id", "tenant"))
            .to_owned();
        let mut both = Index::create();
        both.col(Alias::new("session_id")).col(Alias::new("client_id"));
        let session_client = table("session_client")
            .col(uuid("session_id"))
            .col(uuid("client_id"))
            .col(uuid("tenant_id"))
            .col(time("created_at"))
            .primary_key(&mut both)
            .foreign_key(&mut belongs("session_id", "user_session"))
            .foreign_key(&mut belongs("client_id", "client"))
            .to_owned();
        let logout_notice = table("logout_notice")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(uuid("client_id"))
            .col(uuid("user_id"))
            .col(uuid("session_id"))
            .col(text("state"))
            .col(number("attempts"))
            .col(time("next_attempt_at"))
            .col(time("created_at"))
            .col(maybe(time("sent_at")))
            .col(maybe(text("last_error")))
            .foreign_key(&mut belongs("client_id", "client"))
            .to_owned();
        let initial_access_token = table("initial_access_token")
            .col(key("id"))
            .col(uuid("tenant_id"))
            .col(bytes("digest"))
            .col(maybe(number("uses_left")))
            .col(time("created_at"))
            .col(maybe(time("expires_at")))
            .foreign_key(&mut belongs("tenant_id", "tenant"))
            .to_owned();
        let client_registration = table("client_registration")
            .col(key("client_id"))
            .col(uuid("tenant_id"))
            .col(bytes("token_digest"))
            .col(time("created_at"))
            .col(time("last_used_at"))
            .foreign_key(&mut belongs("client_id", "client"))
            .to_owned();
        let subject_salt = table("subject_salt")
            .col(key("tenant_id"))
            .col(bytes("sealed"))
            .col(time("created_at"))
            .foreign_key(&mut belongs("tenant_id", "tenant"))
            .to_owned();
        create(
            manager,
            vec![
                (resource, vec![unique("resource", &["tenant_id", "uri"])]),
                (session_client, vec![index("session_client", &["client_id"])]),
                (
                    logout_notice,
                    vec![index("logout_notice", &["state", "next_attempt_at"]), index("logout_notice", &["client_id"])],
                ),
                (initial_access_token, vec![unique("initial_access_token", &["tenant_id", "digest"])]),
                (client_registration, vec![index("client_registration", &["tenant_id", "last_used_at"])]),
                (subject_salt, vec![]),
            ],
        )
        .await?;
        // What the job that notices expired sessions looks for.
        manager.create_index(index("user_session", EXPIRING)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name(format!("ix_user_session_{}", EXPIRING.join("_")))
                    .table(Alias::new("user_session"))
                    .to_owned(),
            )
            .await?;
        drop(
            manager,
            &[
                "subject_salt",
                "client_registration",
                "initial_access_token",
                "logout_notice",
                "session_client",
                "resource",
            ],
        )
        .await
    }
}
