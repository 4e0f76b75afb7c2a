//! A range of network addresses in CIDR notation (RFC 4632, RFC 4291 §2.3).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::setting::Setting;

/// Every address that begins with the same bits: `10.0.0.0/8`, `2001:db8::/32`, or one address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether the address is in it. IPv4 addresses that came in IPv6 form (`::ffff:10.0.0.1`) count as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        masked(address.to_canonical(), self.prefix) == Some(self.address)
    }
}

/// The address with everything behind the prefix cleared; nothing when the prefix is longer than the address.
fn masked(address: IpAddr, prefix: u8) -> Option<IpAddr> {
    let prefix = u32::from(prefix);
    Some(match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(u32::BITS.checked_sub(prefix)?).unwrap_or(0);
            Ipv4Addr::from(u32::from(v4) & mask).into()
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(u128::BITS.checked_sub(prefix)?).unwrap_or(0);
            Ipv6Addr::from(u128::from(v6) & mask).into()
        }
    })
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Setting for Network {
    fn kind() -> String {
        "network".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("must be an address or a network such as 10.0.0.0/8 or 2001:db8::/32, not {text:?}");
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) if prefix.bytes().all(|b| b.is_ascii_digit()) => (address, Some(prefix)),
            Some(_) => return Err(wrong()),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        if address != address.to_canonical() {
            return Err(format!("must be written as IPv4, not {text:?}"));
        }
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| wrong())?,
            None if address.is_ipv4() => 32,
            None => 128,
        };
        if prefix == 0 {
            return Err("must not be every address: then everyone could say whose request it is".into());
        }
        match masked(address, prefix) {
            None => Err(wrong()),
            // Someone who writes 10.1.2.3/8 means either one address or the network; we do not guess which.
            Some(first) if first != address => Err(format!("must begin at {first}/{prefix}, not {text:?}")),
            Some(address) => Ok(Self { address, prefix }),
        }
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        Network::parse(text).unwrap()
    }

    fn holds(text: &str, address: &str) -> bool {
        network(text).contains(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_what_begins_with_its_bits() {
        for (text, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("192.0.2.128/25", "192.0.2.128", "192.0.2.127"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("128.0.0.0/1", "255.255.255.255", "127.255.255.255"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("fd00::/8", "fdff::1", "fc00::1"),
            ("::1", "::1", "::2"),
        ] {
            assert!(holds(text, inside) && !holds(text, outside), "{text}");
        }
    }

    #[test]
    fn the_two_families_are_apart_but_mapped_addresses_are_ipv4() {
        assert!(holds("10.0.0.0/8", "::ffff:10.0.0.1"));
        assert!(!holds("8000::/1", "192.0.2.1"));
        assert!(!holds("128.0.0.0/1", "8000::1"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "/",
            "10.0.0.0/",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "10.0.0.1/8",
            "0.0.0.0/0",
            "::/0",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
            "proxy.example",
            "[::1]",
            "::ffff:10.0.0.0/104",
            "10.0.0.0/256",
        ] {
            assert!(Network::parse(text).is_err(), "{text}");
        }
        assert!(Network::parse("10.1.2.3/8").unwrap_err().contains("10.0.0.0/8"));
    }

    #[test]
    fn it_is_shown_as_an_operator_writes_it() {
        assert_eq!(network("10.0.0.0/8").shown(), "10.0.0.0/8");
        assert_eq!(network(" 192.0.2.7 ").shown(), "192.0.2.7/32");
    }
}
