//! How a client asks people who are elsewhere (CIBA).

use clap::{Args, ValueEnum};

use crate::domain::clients::{self, DeliveryMode, Metadata};

#[derive(Debug, Args)]
#[group(id = "registration_backchannel", conflicts_with = "import", multiple = true)]
pub(in crate::cli) struct Backchannel {
    /// How it learns that a person has decided: poll, it asks again and again, or ping, it is told. Without it, ping where it has a
    /// --ciba-notify.
    #[arg(long, value_name = "MODE")]
    ciba_mode: Option<Mode>,
    /// Where it is told that a person has decided.
    #[arg(long, value_name = "URI")]
    ciba_notify: Option<String>,
    /// It signs its requests to people who are elsewhere, with this algorithm.
    #[arg(long, value_name = "ALG")]
    ciba_request_alg: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// It asks again and again.
    Poll,
    /// It is told.
    Ping,
}

impl Backchannel {
    /// What the options say; `asks`: whether the client has the grant that they are for.
    pub(super) fn put(self, metadata: &mut Metadata, asks: bool) {
        let usual = if self.ciba_notify.is_some() { Mode::Ping } else { Mode::Poll };
        let mode = self.ciba_mode.or(asks.then_some(usual)).map(|mode| match mode {
            Mode::Poll => DeliveryMode::Poll,
            Mode::Ping => DeliveryMode::Ping,
        });
        metadata.backchannel = clients::Backchannel {
            backchannel_token_delivery_mode: mode,
            backchannel_client_notification_endpoint: self.ciba_notify,
            backchannel_authentication_request_signing_alg: self.ciba_request_alg,
        };
    }
}
