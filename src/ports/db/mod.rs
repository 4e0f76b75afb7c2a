//! The database: one pool, SQLite or PostgreSQL. Only this folder, `app/transaction.rs` and `store.rs` files know SeaORM.

mod connect;
mod fault;
pub mod schema;

pub use connect::{Db, DbSettings, LoneWrite};
pub use fault::is_unique_violation;
