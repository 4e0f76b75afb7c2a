//! The history of the schema: one file per step, for SQLite and PostgreSQL alike, never edited after release.

mod columns;
mod m0001_people;
mod m0002_clients;
mod m0003_operations;
mod m0004_relying_parties;
mod m0005_consent_epochs;
mod m0006_decoupled_requests;
mod m0007_trusted_issuers;
mod m0008_backchannel_pings;
mod m0009_authorization_details;
mod m0010_client_documents;

pub use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// Every step, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[sea_orm_migration::async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_people::Step),
            Box::new(m0002_clients::Step),
            Box::new(m0003_operations::Step),
            Box::new(m0004_relying_parties::Step),
            Box::new(m0005_consent_epochs::Step),
            Box::new(m0006_decoupled_requests::Step),
            Box::new(m0007_trusted_issuers::Step),
            Box::new(m0008_backchannel_pings::Step),
            Box::new(m0009_authorization_details::Step),
            Box::new(m0010_client_documents::Step),
        ]
    }
}
