//! A proof of an address that was mailed: a link, and with it perhaps a code. Single use, and dead after its time.

use crate::{
    kernel::{
        Fault, Result, Time,
        id::{ProofId, TenantId, UserId},
        mac::MacKeys,
        secret::{Digest, Secret},
    },
    ports::random,
};

/// What a mailed proof is for. One is worthless for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Proves that the address is the person's.
    VerifyEmail,
    /// Lets the person choose a new password.
    ResetPassword,
}

impl Purpose {
    /// As rows hold it.
    pub fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
        }
    }

    /// What its links begin with, so that secret scanners recognize them.
    fn prefix(self) -> &'static str {
        match self {
            Self::VerifyEmail => "sgt_ev_",
            Self::ResetPassword => "sgt_pr_",
        }
    }
}

/// A proof that was mailed, as its row remembers it.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Identifier.
    pub id: ProofId,
    /// The tenant.
    pub tenant: TenantId,
    /// Whose address.
    pub user: UserId,
    /// The address, in canonical form: the proof is worthless once the person has another.
    pub email: String,
    /// Keyed digest of the code, where one is still good.
    pub code_digest: Option<Digest>,
    /// What the registration that it was mailed for claims; the proof makes it true.
    pub claim: Option<Claim>,
    /// When it becomes worthless.
    pub expires_at: Time,
    /// When it was used.
    pub used_at: Option<Time>,
}

/// What somebody typed who registered an address: theirs only once they prove it.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// The name.
    pub name: String,
    /// The hash of the password.
    pub hash: String,
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Claim(…)")
    }
}

/// What a link is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It can be used, once.
    Good,
    /// It was used.
    Used,
    /// Its time is over.
    Expired,
}

impl Proof {
    /// What the link is worth.
    pub fn standing(&self, now: Time) -> Standing {
        if self.used_at.is_some() {
            Standing::Used
        } else if self.expires_at <= now {
            Standing::Expired
        } else {
            Standing::Good
        }
    }

    /// Whether `code` is the one that was mailed. Compared in constant time; white space between digits is forgiven.
    pub fn has_code(&self, codes: &MacKeys, code: &Secret) -> bool {
        let Some(kept) = self.code_digest else { return false };
        let digits: String = code.expose().chars().filter(|c| !c.is_whitespace()).collect();
        codes.verify(&[self.id.uuid().as_bytes(), digits.as_bytes()], &kept.to_vec())
    }
}

/// A proof that is about to be mailed: what the mail says, and what the row keeps of it.
#[derive(Debug, Clone)]
pub struct MailedProof {
    /// What it is for.
    pub purpose: Purpose,
    /// What the link carries, 256 bits.
    pub token: Secret,
    /// The code, where the purpose has one.
    pub code: Option<Secret>,
    /// What the row keeps.
    pub proof: Proof,
    /// When it was made.
    pub created_at: Time,
}

impl MailedProof {
    /// A fresh proof that an address is the person's: a link and a 6-digit code.
    pub fn of_address(codes: &MacKeys, whose: Whose<'_>, now: Time, expires_at: Time) -> Result<Self> {
        let code = random::digits(6)?;
        let mut mailed = Self::of(Purpose::VerifyEmail, whose, now, expires_at)?;
        let tag = codes.tag(&[mailed.proof.id.uuid().as_bytes(), code.as_bytes()]);
        mailed.proof.code_digest =
            Some(Digest::from_slice(&tag).ok_or_else(|| Fault::broken("a tag is not a digest"))?);
        mailed.code = Some(code.into());
        Ok(mailed)
    }

    /// The same proof, for a registration that claims a name and a password.
    #[must_use]
    pub fn claiming(mut self, claim: Claim) -> Self {
        self.proof.claim = Some(claim);
        self
    }

    /// A fresh link to choose a new password.
    pub fn of_reset(whose: Whose<'_>, now: Time, expires_at: Time) -> Result<Self> {
        Self::of(Purpose::ResetPassword, whose, now, expires_at)
    }

    fn of(purpose: Purpose, whose: Whose<'_>, now: Time, expires_at: Time) -> Result<Self> {
        let proof = Proof {
            id: ProofId::fresh(),
            tenant: whose.tenant,
            user: whose.user,
            email: whose.email.to_owned(),
            code_digest: None,
            claim: None,
            expires_at,
            used_at: None,
        };
        Ok(Self { purpose, token: random::token(purpose.prefix())?, code: None, proof, created_at: now })
    }
}

/// Whose address a proof is about.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    /// The tenant.
    pub tenant: TenantId,
    /// The person.
    pub user: UserId,
    /// The address, in canonical form.
    pub email: &'a str,
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::kernel::Clock;

    fn mailed(codes: &MacKeys) -> MailedProof {
        let now = Clock::System.now();
        let whose = Whose { tenant: TenantId::fresh(), user: UserId::fresh(), email: "ada@example.test" };
        MailedProof::of_address(codes, whose, now, now + TimeDelta::hours(24)).unwrap()
    }

    #[test]
    fn a_proof_is_good_once_and_until_its_time() {
        let MailedProof { mut proof, created_at: now, .. } = mailed(&MacKeys::new(vec![[1; 32]]));
        assert_eq!(proof.standing(now), Standing::Good);
        assert_eq!(proof.standing(proof.expires_at - TimeDelta::microseconds(1)), Standing::Good);
        assert_eq!(proof.standing(proof.expires_at), Standing::Expired);
        proof.used_at = Some(now);
        assert_eq!(proof.standing(now), Standing::Used);
        assert_eq!(proof.standing(proof.expires_at), Standing::Used);
    }

    #[test]
    fn a_code_belongs_to_its_proof_and_key() {
        let codes = MacKeys::new(vec![[1; 32]]);
        let one = mailed(&codes);
        let code = one.code.clone().unwrap();
        assert!(one.proof.has_code(&codes, &code));
        let spaced = format!(" {} {}", &code.expose()[..3], &code.expose()[3..]);
        assert!(one.proof.has_code(&codes, &Secret::new(spaced)));
        assert!(!one.proof.has_code(&MacKeys::new(vec![[2; 32]]), &code));
        for other in ["", "1", "00000a"] {
            assert!(!one.proof.has_code(&codes, &Secret::new(other)), "{other}");
        }
        let mut another = mailed(&codes).proof;
        another.code_digest = one.proof.code_digest;
        assert!(!another.has_code(&codes, &code), "the code of one proof is worthless for another");
        let dead = Proof { code_digest: None, ..one.proof };
        assert!(!dead.has_code(&codes, &code));
    }

    #[test]
    fn links_are_long_and_codes_are_six_digits() {
        let mailed = mailed(&MacKeys::new(vec![[1; 32]]));
        assert!(mailed.token.expose().starts_with("sgt_ev_"));
        assert!(mailed.token.expose().len() >= 7 + 43);
        let code = mailed.code.unwrap();
        assert!(code.expose().len() == 6 && code.expose().bytes().all(|b| b.is_ascii_digit()));
    }
}
