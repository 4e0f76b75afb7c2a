//! People.

mod create;
mod delete;
pub mod fence;
mod list;
mod myself;
mod show;
pub mod store;
mod user;

pub use create::{CreateUser, LONGEST_NAME};
pub use delete::DeleteUser;
pub use list::ListUsers;
pub use myself::ShowMyself;
pub use show::{ShowUser, Whom};
pub use user::{Standing, User};

#[cfg(test)]
pub(crate) use user::tests;

#[cfg(test)]
mod operators;
