//! Resources have types of authorization details, and consents remember what was allowed of them (RFC 9396).

use sea_orm_migration::{async_trait::async_trait, prelude::*};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const COLUMNS: [(&str, &str, &str); 2] = [("resource", "details_types", "{}"), ("consent", "details", "[]")];

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column, empty) in COLUMNS {
            let mut column = json(column).default(empty).to_owned();
            manager.alter_table(Table::alter().table(Alias::new(table)).add_column(&mut column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column, _) in COLUMNS {
            let table = Table::alter().table(Alias::new(table)).drop_column(Alias::new(column)).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
