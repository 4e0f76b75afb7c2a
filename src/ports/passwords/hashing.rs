//! The hashes themselves: Argon2id is made, every Argon2 and bcrypt is verified.

use std::str::FromStr;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{self, CustomizedPasswordHasher, PasswordHasher, phc::PasswordHash},
};
use bcrypt::HashParts;

use crate::kernel::Fault;

/// An imported hash may cost this much memory, in KiB (256 MiB), …
const MEMORY_CAP: u32 = 256 * 1024;
/// … this much memory times passes (some two seconds of one core), …
const WORK_CAP: u64 = 2 * 1024 * 1024;
/// … this many lanes, …
const LANES_CAP: u32 = 64;
/// … and for bcrypt 2^14 rounds (about a second): it must not become a way to stop the service.
const BCRYPT_CAP: u32 = 14;

/// What bcrypt reads of a password, in bytes.
const BCRYPT_LENGTH: usize = 72;

/// The cost at which hashes are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
}

/// What comparing found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// The password; `current` when its hash is as we would make it today.
    Match { current: bool },
    /// The part of the password that the hash knows of.
    MatchOfPart,
    /// Another password.
    Mismatch,
    /// No hash that can be verified, and why.
    Unverifiable(&'static str),
}

/// A stored hash of a kind and cost that is verified here.
pub(super) enum Stored {
    Argon2 { hash: Box<PasswordHash>, params: Params },
    Bcrypt,
}

impl Cost {
    /// A cost that Argon2 takes.
    pub(super) fn new(memory_kib: u32, iterations: u32, parallelism: u32) -> Result<Self, Fault> {
        let cost = Self { memory_kib, iterations, parallelism };
        cost.params().map(|_| cost)
    }

    fn params(self) -> Result<Params, Fault> {
        Params::new(self.memory_kib, self.iterations, self.parallelism, Some(Params::DEFAULT_OUTPUT_LEN))
            .map_err(|error| Fault::broken(format!("the cost of password hashes cannot be used: {error}")))
    }

    /// A hash with 128 bits of salt, as a PHC string.
    pub(super) fn hash(self, password: &str) -> Result<String, Fault> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params()?);
        let hash: Result<PasswordHash, _> = argon2.hash_password(password.as_bytes());
        hash.map(|hash| hash.to_string()).map_err(|error| Fault::unavailable("password hashing", error))
    }

    /// Compares a password with a stored hash.
    pub(super) fn judge(self, stored: &str, password: &str) -> Judged {
        match parse(stored) {
            Err(why) => Judged::Unverifiable(why),
            Ok(Stored::Argon2 { hash, params }) => match verify_argon2(&hash, &params, password) {
                Ok(true) => Judged::Match { current: self.is_of(&hash, &params) },
                Ok(false) => Judged::Mismatch,
                Err(_) => Judged::Unverifiable("Argon2 cannot compute it"),
            },
            Ok(Stored::Bcrypt) => judge_bcrypt(stored, password),
        }
    }

    /// Whether a stored hash is as we would make it today.
    pub(super) fn made(self, stored: &str) -> bool {
        matches!(parse(stored), Ok(Stored::Argon2 { hash, params }) if self.is_of(&hash, &params))
    }

    fn is_of(self, hash: &PasswordHash, params: &Params) -> bool {
        hash.algorithm.as_str() == Algorithm::Argon2id.as_str()
            && hash.version == Some(Version::V0x13.into())
            && params.m_cost() == self.memory_kib
            && params.t_cost() == self.iterations
            && params.p_cost() == self.parallelism
            && params.output_len() == Some(Params::DEFAULT_OUTPUT_LEN)
            && hash.salt.as_ref().is_some_and(|salt| salt.len() >= argon2::RECOMMENDED_SALT_LEN)
    }
}

/// Reads a stored hash, of whatever system; the error says in words why it cannot be verified here.
pub(super) fn parse(stored: &str) -> Result<Stored, &'static str> {
    if stored.starts_with("$argon2") {
        return parse_argon2(stored);
    }
    // $2x$ marks hashes of an implementation with a known error; nobody can tell what they were made of.
    if !["$2a$", "$2b$", "$2y$"].iter().any(|prefix| stored.starts_with(prefix)) {
        return Err("it is neither Argon2 nor bcrypt (2a, 2b, 2y)");
    }
    let parts = HashParts::from_str(stored).map_err(|_| "it is malformed bcrypt")?;
    if parts.get_cost() < 4 {
        return Err("it is malformed bcrypt");
    }
    if parts.get_cost() > BCRYPT_CAP {
        return Err("its cost is more than is spent on one sign-in (bcrypt: 14)");
    }
    Ok(Stored::Bcrypt)
}

fn parse_argon2(stored: &str) -> Result<Stored, &'static str> {
    let malformed = "it is malformed Argon2";
    let hash = PasswordHash::new(stored).map_err(|_| malformed)?;
    Algorithm::try_from(hash.algorithm.as_str()).map_err(|_| malformed)?;
    let params = Params::try_from(&hash).map_err(|_| malformed)?;
    // Without these there is nothing to compare; a short output is matched by many passwords.
    let long_enough = hash.salt.is_some() && hash.hash.as_ref().is_some_and(|output| output.len() >= 16);
    if !long_enough {
        return Err("it has no salt or less than 128 bits of output");
    }
    let work = u64::from(params.m_cost()) * u64::from(params.t_cost());
    if params.m_cost() > MEMORY_CAP || work > WORK_CAP || params.p_cost() > LANES_CAP {
        return Err("its cost is more than is spent on one sign-in (Argon2: 256 MiB, 2 GiB of passes, 64 lanes)");
    }
    Ok(Stored::Argon2 { hash: Box::new(hash), params })
}

fn verify_argon2(hash: &PasswordHash, params: &Params, password: &str) -> Result<bool, password_hash::Error> {
    let salt = hash.salt.as_ref().ok_or(password_hash::Error::SaltInvalid)?;
    // The reference implementation wrote no version before 1.3; the library would take the newest.
    let version = hash.version.unwrap_or(Version::V0x10.into());
    let algorithm = Some(hash.algorithm.as_str());
    let computed: PasswordHash = Argon2::default().hash_password_customized(
        password.as_bytes(),
        salt,
        algorithm,
        Some(version),
        params.clone(),
    )?;
    // `Output` compares in constant time.
    Ok(computed.hash.is_some() && computed.hash == hash.hash)
}

fn judge_bcrypt(stored: &str, password: &str) -> Judged {
    // bcrypt ends at a NUL, or goes round it: "a" and "a\0a" are one password to it.
    if password.contains('\0') {
        return Judged::Unverifiable("bcrypt knows no NUL in passwords");
    }
    match bcrypt::verify(password, stored) {
        Ok(true) if password.len() > BCRYPT_LENGTH => Judged::MatchOfPart,
        Ok(true) => Judged::Match { current: false },
        Ok(false) => Judged::Mismatch,
        Err(_) => Judged::Unverifiable("it is malformed bcrypt"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const COST: Cost = Cost { memory_kib: 64, iterations: 1, parallelism: 1 };

    #[test]
    fn hashes_of_other_systems_are_verified() {
        // Argon2: from the reference implementation's own tests (1.0 wrote no version). bcrypt: made by libxcrypt.
        for (stored, password) in [
            ("$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY", "password"),
            ("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password"),
            ("$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.", ""),
            ("$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe", "a"),
            ("$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
            ("$2b$05$abcdefghijklmnopqrstuucAlS3LCZL9LcVSWwMtNJG6yF5tEYLy2", "p\u{e4}ss w\u{f6}rd"),
        ] {
            assert_eq!(COST.judge(stored, password), Judged::Match { current: false }, "{stored}");
            assert_eq!(COST.judge(stored, "other"), Judged::Mismatch, "{stored}");
        }
    }

    #[test]
    fn our_own_hashes_are_current() {
        let stored = COST.hash("secret").unwrap();
        assert!(COST.made(&stored));
        assert_eq!(COST.judge(&stored, "secret"), Judged::Match { current: true });
        let dearer = Cost { iterations: 2, ..COST };
        assert_eq!(dearer.judge(&stored, "secret"), Judged::Match { current: false });
        let argon2d = stored.replace("argon2id", "argon2d");
        assert!(!COST.made(&argon2d));
    }

    #[test]
    fn what_costs_too_much_or_proves_too_little_is_not_verified() {
        let output = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for stored in [
            format!("$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ${output}"),
            format!("$argon2id$v=19$m=65536,t=4000,p=1$c29tZXNhbHQ${output}"),
            format!("$argon2id$v=19$m=65536,t=1,p=100$c29tZXNhbHQ${output}"),
            format!("$argon2id$v=18$m=64,t=1,p=1$c29tZXNhbHQ${output}"),
            format!("$argon2x$v=19$m=64,t=1,p=1$c29tZXNhbHQ${output}"),
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ".to_owned(),
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAA".to_owned(),
            "$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(),
            "$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(),
            "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(),
            "$1$abc$def".to_owned(),
        ] {
            assert!(matches!(COST.judge(&stored, "U*U"), Judged::Unverifiable(_)), "{stored}");
        }
    }

    #[test]
    fn a_nul_does_not_go_round_bcrypt() {
        let stored = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        assert!(bcrypt::verify("U*U\0U*U", stored).unwrap(), "bcrypt itself is fooled");
        assert!(matches!(COST.judge(stored, "U*U\0U*U"), Judged::Unverifiable(_)));
    }
}
