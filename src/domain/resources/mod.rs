//! Resources: the APIs that access tokens are for (RFC 8707), and their types of authorization details (RFC 9396).

mod create;
mod delete;
pub mod details_type;
mod judge;
mod known;
mod list;
mod resource;
pub mod store;
mod update;
mod uri;

pub use create::CreateResource;
pub use delete::DeleteResource;
pub use judge::{judge, judge_beside};
pub use known::load;
pub use list::{ListResources, ShowResource};
pub use resource::Resource;
pub use update::UpdateResource;
