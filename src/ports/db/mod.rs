//! The database: one pool, SQLite or PostgreSQL. Only this folder, `app/transaction.rs` and `store.rs` files know SeaORM.

mod circuit;
mod connect;
mod fault;
mod pool;
pub mod schema;

pub use connect::{Db, DbSettings, LoneWrite};
pub use fault::is_unique_violation;
pub use pool::Pool;
