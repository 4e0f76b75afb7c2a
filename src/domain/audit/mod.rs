//! The trail of facts, as the people it concerns see it.

mod activity;
mod list;
pub mod store;

pub use activity::Activity;
pub use list::ListActivity;

#[cfg(test)]
mod tests;
