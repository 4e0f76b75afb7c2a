//! The form of a refresh token, and the successor of each.
//!
//! `sgt_rt_` and the base64url of: family (16 bytes), secret (32 bytes), tag (16 bytes). The tag says that Signet made it, so
//! that only a genuine token can be a replay: nobody revokes a family by guessing its name. The secret of a successor follows
//! from the token that was presented and a server key: whoever repeats the request within the grace period gets the same
//! successor again, and nothing is stored in the clear.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::{
    kernel::{
        Result,
        id::GrantId,
        mac::MacKeys,
        secret::{Digest, Secret},
    },
    ports::random,
};

/// What every refresh token begins with, so that secret scanners know it.
pub const PREFIX: &str = "sgt_rt_";

/// Makes and reads refresh tokens.
#[derive(Debug, Clone, Copy)]
pub struct RefreshTokens<'a>(pub &'a MacKeys);

/// A genuine refresh token, as presented. Whether it is still good, its family says.
#[derive(Debug, Clone)]
pub struct Presented {
    /// Its family.
    pub family: GrantId,
    /// What the row would know it by.
    pub digest: Digest,
    /// Itself, letter by letter.
    pub token: Secret,
    secret: [u8; 32],
}

impl RefreshTokens<'_> {
    /// The first token of a family.
    pub fn first(self, family: GrantId) -> Result<Secret> {
        Ok(self.seal(family, &random::bytes::<32>()?))
    }

    /// Reads a token; none where Signet did not make it.
    pub fn read(self, token: &str) -> Option<Presented> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let (family, rest) = bytes.split_first_chunk::<16>()?;
        let (secret, tag) = rest.split_first_chunk::<32>()?;
        let genuine = tag.len() == 16 && self.0.verify(&[b"tag", family, secret], tag);
        genuine.then(|| Presented {
            family: Uuid::from_bytes(*family).into(),
            digest: Digest::of(token.as_bytes()),
            token: Secret::new(token),
            secret: *secret,
        })
    }

    /// The successor of a token. `replacement`: the one that replaces a successor which never arrived.
    pub fn successor(self, presented: &Presented, replacement: bool) -> Secret {
        let secret = self.0.tag(&Self::succession(presented, &[u8::from(replacement)]));
        self.seal(presented.family, &secret)
    }

    /// The successor that the row already knows, by whichever key it was made before the master key was rotated.
    pub fn known_successor(self, presented: &Presented, replacement: bool, known: Digest) -> Option<Secret> {
        let kind = [u8::from(replacement)];
        let parts = Self::succession(presented, &kind);
        let secrets: Vec<_> = self.0.tags(&parts).collect();
        let tagged = |secret: &[u8; 32]| {
            let tags: Vec<_> = self.0.tags(&[b"tag", presented.family.as_bytes(), secret]).collect();
            tags.into_iter().map(|tag| join(presented.family, secret, &tag)).find(|token| token.digest() == known)
        };
        secrets.iter().find_map(tagged)
    }

    fn succession<'p>(presented: &'p Presented, kind: &'p [u8]) -> [&'p [u8]; 4] {
        [b"successor", presented.family.as_bytes(), &presented.secret, kind]
    }

    fn seal(self, family: GrantId, secret: &[u8; 32]) -> Secret {
        join(family, secret, &self.0.tag(&[b"tag", family.as_bytes(), secret]))
    }
}

fn join(family: GrantId, secret: &[u8; 32], tag: &[u8; 32]) -> Secret {
    let bytes = [family.as_bytes().as_slice(), secret, &tag[..16]].concat();
    Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_a_forged_one_is_not() {
        let keys = MacKeys::new(vec![[1; 32]]);
        let tokens = RefreshTokens(&keys);
        let family = GrantId::fresh();
        let token = tokens.first(family).unwrap();
        let read = tokens.read(token.expose()).unwrap();
        assert_eq!((read.family, read.digest), (family, token.digest()));
        let mut forged = token.expose().to_owned();
        let last = if forged.pop() == Some('A') { 'E' } else { 'A' };
        forged.push(last);
        for bad in
            [forged.as_str(), "sgt_rt_", "", &token.expose()[7..], "sgt_rt_AAAA", &format!("{}A", token.expose())]
        {
            assert!(tokens.read(bad).is_none(), "{bad}");
        }
        assert!(RefreshTokens(&MacKeys::new(vec![[2; 32]])).read(token.expose()).is_none());
    }

    #[test]
    fn the_same_token_has_the_same_successor() {
        let keys = MacKeys::new(vec![[1; 32]]);
        let tokens = RefreshTokens(&keys);
        let first = tokens.read(tokens.first(GrantId::fresh()).unwrap().expose()).unwrap();
        let second = tokens.successor(&first, false);
        assert_eq!(second, tokens.successor(&first, false));
        assert_ne!(second, tokens.successor(&first, true));
        assert!(tokens.read(second.expose()).is_some());
        assert_eq!(tokens.known_successor(&first, false, second.digest()), Some(second.clone()));
        assert_eq!(tokens.known_successor(&first, true, second.digest()), None);
    }

    #[test]
    fn a_rotated_master_key_changes_nothing_for_clients() {
        let old = MacKeys::new(vec![[1; 32]]);
        let new = MacKeys::new(vec![[2; 32], [1; 32]]);
        let token = RefreshTokens(&old).first(GrantId::fresh()).unwrap();
        let presented = RefreshTokens(&new).read(token.expose()).unwrap();
        let successor = RefreshTokens(&old).successor(&presented, false);
        assert_eq!(RefreshTokens(&new).known_successor(&presented, false, successor.digest()), Some(successor.clone()));
        assert!(RefreshTokens(&new).read(successor.expose()).is_some());
    }
}
