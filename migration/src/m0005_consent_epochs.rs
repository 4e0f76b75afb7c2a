//! Consents remember the APIs that were named, and outlive their withdrawal as an epoch.

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Step;

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One statement each: SQLite adds one column at a time.
        let columns = [
            json("resources").default("[]").to_owned(),
            number("epoch").default(0).to_owned(),
            maybe(time("withdrawn_at")),
        ];
        for mut column in columns {
            let consent = Table::alter().table(Alias::new("consent")).add_column(&mut column).to_owned();
            manager.alter_table(consent).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["withdrawn_at", "epoch", "resources"] {
            let consent = Table::alter().table(Alias::new("consent")).drop_column(Alias::new(column)).to_owned();
            manager.alter_table(consent).await?;
        }
        Ok(())
    }
}
