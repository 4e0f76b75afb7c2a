//! Shorthand for columns and indexes, so that a step reads as the table it makes. Times are always bound by the
//! service, never defaulted by the database (SQLite's text form of `CURRENT_TIMESTAMP` sorts wrongly).

use sea_orm_migration::prelude::*;

/// A table to be made.
pub fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(Alias::new(name)).to_owned()
}

/// A UUID primary key.
pub fn key(name: &'static str) -> ColumnDef {
    uuid(name).primary_key().to_owned()
}

/// A UUID.
pub fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).uuid().not_null().to_owned()
}

/// A text.
pub fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().not_null().to_owned()
}

/// An instant.
pub fn time(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).timestamp_with_time_zone().not_null().to_owned()
}

/// Bytes.
pub fn bytes(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).binary().not_null().to_owned()
}

/// A JSON document.
pub fn json(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).json_binary().not_null().to_owned()
}

/// A 32-bit number.
pub fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).integer().not_null().to_owned()
}

/// A yes or no.
pub fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).boolean().not_null().to_owned()
}

/// The same column, with NULL allowed.
pub fn maybe(mut column: ColumnDef) -> ColumnDef {
    column.null().to_owned()
}

/// A row that goes when `table.id` goes.
pub fn belongs(column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_col(Alias::new(column))
        .to(Alias::new(to), Alias::new("id"))
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

/// An index named after its table and columns.
pub fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("ix_{table}_{}", columns.join("_"))).table(Alias::new(table));
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}

/// A unique index; its first column is the tenant.
pub fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(table, columns).unique().to_owned()
}

/// Makes tables with their indexes, in order.
pub async fn create(
    manager: &SchemaManager<'_>,
    tables: Vec<(TableCreateStatement, Vec<IndexCreateStatement>)>,
) -> Result<(), DbErr> {
    for (table, indexes) in tables {
        manager.create_table(table).await?;
        for index in indexes {
            manager.create_index(index).await?;
        }
    }
    Ok(())
}

/// Drops tables in the given order.
pub async fn drop(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(Alias::new(*table)).to_owned()).await?;
    }
    Ok(())
}
