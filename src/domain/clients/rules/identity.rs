//! Identifiers and secrets that are supplied instead of made.

use crate::{
    domain::clients::FIRST_PARTY_API,
    kernel::{id::UserId, secret::Secret},
};

/// Shortest secret that may be supplied, in characters: it is stored as a fast digest, so it must not be guessable. It is also
/// the least that HS256 takes (RFC 7518 §3.2).
const SHORTEST_SECRET: usize = 32;

/// Long enough and printable.
pub(crate) fn check_secret(secret: &Secret) -> Result<(), &'static str> {
    let printable = secret.expose().bytes().all(|b| (0x20..0x7f).contains(&b));
    if secret.expose().chars().count() < SHORTEST_SECRET || secret.expose().len() > 512 || !printable {
        return Err("must be 32 to 512 printable ASCII characters");
    }
    Ok(())
}

/// RFC 6749 appendix A.1 (visible ASCII and space), kept to what survives in URLs and logs. A client must not be able to
/// pose as a person, whose `sub` begins with `usr_` (RFC 9700 §4.15), nor as this service.
pub(crate) fn check_client_id(id: &str) -> Result<(), &'static str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/@+".contains(&b);
    if !(1..=200).contains(&id.len()) || !id.bytes().all(plain) {
        return Err("must be 1 to 200 letters, digits or -._~:/@+");
    }
    if id.starts_with(UserId::PREFIX) && id[UserId::PREFIX.len()..].starts_with('_') {
        return Err("must not begin with usr_: it would look like a person");
    }
    if id == FIRST_PARTY_API {
        return Err("is reserved");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_cannot_pose_as_a_person_or_as_the_service() {
        assert!(check_client_id("shop").is_ok());
        assert!(check_client_id("https://client.example.test/meta").is_ok());
        assert!(check_client_id(&UserId::fresh().to_string()).is_err());
        assert!(check_client_id("usr_").is_err());
        assert!(check_client_id("signet").is_err());
        assert!(check_client_id("").is_err());
        assert!(check_client_id("a b").is_err());
        assert!(check_client_id("a\0b").is_err());
    }

    #[test]
    fn a_supplied_secret_is_not_guessable() {
        let checked = |text: &str| check_secret(&Secret::new(text)).is_ok();
        assert!(checked(&"x".repeat(32)) && checked(&"x".repeat(512)));
        assert!(!checked(&"x".repeat(31)) && !checked(&"x".repeat(513)) && !checked(&"ä".repeat(32)));
    }
}
