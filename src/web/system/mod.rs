//! What machines and operators ask for, and what browsers fetch by themselves.

mod assets;
mod change_password;
mod health;
mod robots;
mod test_info;

pub use assets::{Assets, matches};
pub use health::HealthProbe;

use super::Endpoint;

/// Every path of this folder.
pub const ENDPOINTS: &[Endpoint] = &[
    health::HEALTH,
    health::LIVE,
    health::READY,
    test_info::TEST_INFO,
    assets::STATIC,
    assets::FAVICON,
    robots::ROBOTS,
    change_password::WELL_KNOWN,
];
