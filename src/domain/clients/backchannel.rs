//! How a client asks people who are elsewhere: its metadata (OpenID CIBA Core §4).

use serde::{Deserialize, Serialize};

/// How the client learns that somebody has decided (§5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryMode {
    /// It asks again and again.
    Poll,
    /// It is told, and then asks.
    Ping,
}

impl DeliveryMode {
    /// Both. `push` is left out: tokens that are sent to an address are proved by nobody's asking for them.
    pub const ALL: &[Self] = &[Self::Poll, Self::Ping];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Ping => "ping",
        }
    }
}

/// What a client registered for this, by its names on the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Backchannel {
    /// `backchannel_token_delivery_mode`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_token_delivery_mode: Option<DeliveryMode>,
    /// `backchannel_client_notification_endpoint`: where it is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_client_notification_endpoint: Option<String>,
    /// `backchannel_authentication_request_signing_alg`: it signs every request, with this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_authentication_request_signing_alg: Option<String>,
}

impl Backchannel {
    /// Where the client wants to be told, if it does.
    pub fn told_at(&self) -> Option<&str> {
        let address = self.backchannel_client_notification_endpoint.as_deref();
        address.filter(|_| self.backchannel_token_delivery_mode == Some(DeliveryMode::Ping))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_wire() {
        for mode in DeliveryMode::ALL {
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.name());
        }
        assert!(serde_json::from_str::<DeliveryMode>("\"push\"").is_err());
    }

    #[test]
    fn only_who_wants_to_be_told_is_told() {
        let with = |mode, address: Option<&str>| Backchannel {
            backchannel_token_delivery_mode: mode,
            backchannel_client_notification_endpoint: address.map(str::to_owned),
            ..Backchannel::default()
        };
        let address = Some("https://shop.example.test/ping");
        assert_eq!(with(Some(DeliveryMode::Ping), address).told_at(), address);
        assert_eq!(with(Some(DeliveryMode::Poll), address).told_at(), None);
        assert_eq!(with(None, address).told_at(), None);
        assert_eq!(with(Some(DeliveryMode::Ping), None).told_at(), None);
    }
}
