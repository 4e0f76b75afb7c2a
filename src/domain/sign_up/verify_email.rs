//! Proving an address, by the mailed link or by the code beside it.

use crate::{
    app::{Cx, Guard, Limit, Operation},
    domain::{
        credentials::{self, Proof, Purpose},
        rates::rate,
        sessions::{self, EndReason},
        users::{self, fence},
    },
    kernel::{
        Code, Fact, Refusal, Result,
        email::{Email, canonical_name},
        id::UserId,
        refusal::Findings,
        secret::Secret,
    },
};

/// Proves an address. Single use: of any number of callers with one link, one is told yes.
#[derive(Debug, Clone)]
pub struct VerifyEmail {
    /// By what.
    pub by: Proved,
}

/// What a person shows as proof of their address.
#[derive(Debug, Clone)]
pub enum Proved {
    /// What the link carries.
    Link(Secret),
    /// The code, for an address.
    Code {
        /// The address.
        email: String,
        /// The six digits.
        code: Secret,
    },
}

/// An address that was just proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Whose.
    pub user: UserId,
    /// The address.
    pub email: Email,
}

impl Operation for VerifyEmail {
    type Output = Verified;
    const NAME: &'static str = "sign_up.verify_email";
    const GUARD: Guard = Guard::Anyone;
    const LIMITS: &'static [Limit] = &[Limit { rate: |config| rate(config.limits.verifications_per_address) }];

    async fn run(self, cx: &mut Cx) -> Result<Verified> {
        match self.by {
            Proved::Link(token) => by_link(cx, &token).await,
            Proved::Code { email, code } => by_code(cx, &email, &code).await,
        }
    }
}

async fn by_link(cx: &mut Cx, token: &Secret) -> Result<Verified> {
    let tenant = cx.tenant().id;
    let tx = cx.begin().await?;
    let used = credentials::store::use_link(tx, tenant, Purpose::VerifyEmail, token).await?;
    let proof = used.ok_or_else(dead_link)?;
    complete(cx, &proof, dead_link).await
}

async fn by_code(cx: &mut Cx, email: &str, code: &Secret) -> Result<Verified> {
    check_form(email, code)?;
    let (db, tenant) = (cx.db().reader(), cx.tenant().id);
    let user = users::store::find_by_email(db, tenant, &canonical_name(email)).await?;
    let Some(user) = user.filter(|user| !user.is_locked()) else { return Err(wrong_code().into()) };
    let newest = credentials::store::newest_with_code(db, tenant, user.id).await?;
    let Some(newest) = newest else { return Err(wrong_code().into()) };
    let most = cx.config().verification.code_attempts;
    let tx = cx.begin().await?;
    let tried = credentials::store::try_code(tx, tenant, newest, most).await?;
    let Some(proof) = tried else { return Err(wrong_code().into()) };
    if !proof.has_code(&cx.app.macs.code, code) {
        let tx = cx.tx()?;
        tx.record(Fact::EmailVerificationFailed.of(user.id));
        return Err(tx.settle(wrong_code()));
    }
    complete(cx, &proof, wrong_code).await
}

/// Records the proved address, if it is still the person's, and retires whatever else was mailed for it.
async fn complete(cx: &mut Cx, proof: &Proof, refusal: fn() -> Refusal) -> Result<Verified> {
    let tx = cx.tx()?;
    if !users::store::verify_email(tx, proof.tenant, proof.user, &proof.email).await? {
        return Err(refusal().into());
    }
    credentials::store::retire_proofs(tx, proof.tenant, proof.user, Purpose::VerifyEmail).await?;
    settle_claims(cx, proof).await?;
    let tx = cx.tx()?;
    tx.record(Fact::EmailVerified.of(proof.user));
    let user = users::store::find(tx.db(), proof.tenant, proof.user).await?.ok_or_else(refusal)?;
    Ok(Verified { user: user.id, email: user.email })
}

/// Several registrations claimed the address: the proved one's name and password hold from now on, and whoever was signed in with
/// another's is signed out. A proof that claims nothing (it was asked for again) cannot tell them apart: then no password holds, and
/// the person chooses one by a reset.
async fn settle_claims(cx: &mut Cx, proof: &Proof) -> Result<()> {
    let (tenant, user) = (proof.tenant, proof.user);
    if credentials::store::claims(cx.tx()?, tenant, user).await? > 1 {
        fence::raise(cx.ephemeral(), user).await?;
        let tx = cx.tx()?;
        match &proof.claim {
            Some(claim) => {
                credentials::store::set_password(tx, tenant, user, claim.hash.clone()).await?;
                users::store::rename(tx, tenant, user, &claim.name).await?;
            }
            None => credentials::store::remove_password(tx, tenant, user).await?,
        }
        sessions::end_every(tx, tenant, user, None, EndReason::PasswordChanged).await?;
        sessions::store::revoke_families(tx, tenant, user, None, EndReason::PasswordChanged).await?;
    }
    credentials::store::forget_claims(cx.tx()?, tenant, user).await
}

/// Everything that is wrong with the form; a try is counted only for something that may be a code.
fn check_form(email: &str, code: &Secret) -> Result<()> {
    let mut findings = Findings::default();
    findings.keep("email", "invalid", Email::parse(email));
    let digits = code.expose().chars().filter(|c| !c.is_whitespace());
    if digits.clone().count() != 6 || !digits.clone().all(|c| c.is_ascii_digit()) {
        findings.note("code", "invalid", "has six digits");
    }
    findings.refusal().map_or(Ok(()), |refusal| Err(refusal.into()))
}

fn dead_link() -> Refusal {
    Code::ProofInvalid.because("This link was used or is too old. Ask for a new one.")
}

/// The same for an unknown address, a wrong code and one that is dead after too many tries.
fn wrong_code() -> Refusal {
    let refusal = Code::ProofInvalid.because("This code is not right, or is too old. Ask for a new one.");
    refusal.at("code", "wrong", "is not right, or too old")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_six_digits_may_be_a_code() {
        let fields = |email: &str, code: &str| match check_form(email, &Secret::new(code)) {
            Ok(()) => Vec::new(),
            Err(error) => error.refusal().unwrap().fields.iter().map(|field| field.field).collect::<Vec<_>>(),
        };
        assert!(fields("ada@example.test", "123456").is_empty());
        assert!(fields("ada@example.test", " 123 456 ").is_empty());
        for bad in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(fields("ada@example.test", bad), ["code"], "{bad}");
        }
        assert_eq!(fields("ada", ""), ["email", "code"]);
    }
}
