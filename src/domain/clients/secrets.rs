//! The secrets of a client at rest: digests, and sealed where a MAC needs the secret itself (`client_secret_jwt`).

use keys::MasterKeys;
use zeroize::Zeroizing;

use super::{AuthMethod, Client};
use crate::kernel::{
    Fault, Result, Time,
    id::ClientId,
    secret::{Digest, Secret},
};

/// One secret as its row knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSecret {
    /// SHA-256 of it.
    pub digest: Digest,
    /// The secret itself, sealed.
    pub sealed: Option<Vec<u8>>,
    /// When it stops being accepted.
    pub expires_at: Option<Time>,
}

impl StoredSecret {
    /// Whether it is still accepted.
    pub fn is_live(&self, now: Time) -> bool {
        self.expires_at.is_none_or(|expires| expires > now)
    }
}

/// Whether a client has what its method needs: a live secret, and a sealed one for a MAC.
pub(super) fn has_fitting(method: AuthMethod, secrets: &[StoredSecret], now: Time) -> bool {
    let fits = |secret: &StoredSecret| method != AuthMethod::ClientSecretJwt || secret.sealed.is_some();
    secrets.iter().any(|secret| secret.is_live(now) && fits(secret))
}

/// The sealed form of a secret, if the client's method needs it.
pub(super) fn seal(master: &MasterKeys, client: &Client, secret: &Secret) -> Result<Option<Vec<u8>>> {
    if client.token_endpoint_auth_method != AuthMethod::ClientSecretJwt {
        return Ok(None);
    }
    let sealed = master.seal(secret.expose().as_bytes(), &context(client.id));
    Ok(Some(sealed.map_err(|error| Fault::broken_by("a client secret cannot be sealed", error))?))
}

/// The live secrets that are kept sealed.
pub(super) fn open(
    master: &MasterKeys,
    client: ClientId,
    secrets: &[StoredSecret],
    now: Time,
) -> Result<Vec<Zeroizing<Vec<u8>>>> {
    secrets
        .iter()
        .filter(|secret| secret.is_live(now))
        .filter_map(|secret| secret.sealed.as_deref())
        .map(|sealed| {
            let opened = master.open(sealed, &context(client));
            opened.map_err(|error| Fault::broken_by("a client secret cannot be opened", error).into())
        })
        .collect()
}

/// A sealed secret does not open as another client's.
fn context(client: ClientId) -> String {
    format!("client_secret:{client}")
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{domain::clients::testing::client, kernel::Clock};

    #[test]
    fn only_a_method_that_needs_the_secret_keeps_it() {
        let master = MasterKeys::parse(&MasterKeys::generate().unwrap()).unwrap();
        let now = Clock::System.now();
        let secret = Secret::new("a secret that nobody guesses, ever");
        let basic = client();
        assert_eq!(seal(&master, &basic, &secret).unwrap(), None);
        let jwt = Client { token_endpoint_auth_method: AuthMethod::ClientSecretJwt, ..client() };
        let sealed = seal(&master, &jwt, &secret).unwrap();
        let stored = |expires_at| StoredSecret { digest: secret.digest(), sealed: sealed.clone(), expires_at };
        let opened = open(&master, jwt.id, &[stored(None), stored(Some(now))], now).unwrap();
        assert_eq!(opened.len(), 1, "one has expired");
        assert_eq!(opened[0].as_slice(), secret.expose().as_bytes());
        assert!(open(&master, basic.id, &[stored(Some(now + TimeDelta::hours(1)))], now).is_err(), "another client's");
    }

    #[test]
    fn a_mac_needs_a_sealed_secret() {
        let now = Clock::System.now();
        let stored =
            |sealed: Option<Vec<u8>>, expires_at| StoredSecret { digest: Digest::of(b"x"), sealed, expires_at };
        assert!(has_fitting(AuthMethod::ClientSecretBasic, &[stored(None, None)], now));
        assert!(!has_fitting(AuthMethod::ClientSecretJwt, &[stored(None, None)], now));
        assert!(has_fitting(AuthMethod::ClientSecretJwt, &[stored(Some(vec![1]), None)], now));
        assert!(!has_fitting(AuthMethod::ClientSecretBasic, &[stored(None, Some(now))], now));
    }
}
