//! How often one network may ask for an operation.

use super::Cx;
use crate::{config::Config, kernel::Result, ports::ephemeral::Rate};

/// A throttle per network address (IPv4 address, IPv6 /64). Its rate is a setting.
#[derive(Clone, Copy)]
pub struct Limit {
    /// Which setting.
    pub rate: fn(&Config) -> Rate,
}

impl Limit {
    /// Counts one call of `operation` by this caller's network.
    pub(super) async fn take(&self, cx: &Cx, operation: &str) -> Result<()> {
        if cx.caller.device.address.is_none() {
            return Ok(()); // the command line and jobs have no network
        }
        cx.limit(operation, &cx.caller.device.network(), (self.rate)(cx.config())).await
    }
}
