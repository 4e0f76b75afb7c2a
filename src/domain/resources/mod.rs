//! Resources: the APIs that access tokens are for (RFC 8707).

mod create;
mod delete;
mod judge;
mod list;
mod resource;
pub mod store;
mod uri;

pub use create::CreateResource;
pub use delete::DeleteResource;
pub use judge::judge;
pub use list::{ListResources, ShowResource};
pub use resource::Resource;
