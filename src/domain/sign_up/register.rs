//! Registering. The answer is the same whether or not the address has an account; only its owner's mailbox tells.

use serde_json::Map;

use super::letters;
use crate::{
    app::{Cx, Guard, Limit, Operation},
    domain::{
        credentials::{
            self, Claim, allow_mail, begin_pause,
            password::{self, Context},
        },
        rates::rate,
        users::{self, LONGEST_NAME, User},
    },
    kernel::{Code, Fact, Fault, Result, email::Email, id::UserId, refusal::Findings, secret::Secret, text},
};

/// Registers a person.
#[derive(Debug, Clone)]
pub struct Register {
    /// The address.
    pub email: String,
    /// The password.
    pub password: Secret,
    /// The name that the person wants to be called by.
    pub name: String,
}

/// What an address already is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// An account whose owner proved the address (or is locked out): nothing changes, the owner is told.
    Owned,
    /// An account that nobody proved yet: it stays as it is, and another mail is sent.
    Unproved,
}

fn judge(present: &User) -> Known {
    if present.email_verified_at.is_some() || present.is_locked() { Known::Owned } else { Known::Unproved }
}

impl Operation for Register {
    type Output = ();
    const NAME: &'static str = "sign_up.register";
    const GUARD: Guard = Guard::Anyone;
    const LIMITS: &'static [Limit] = &[Limit { rate: |config| rate(config.limits.registrations_per_address) }];

    async fn run(self, cx: &mut Cx) -> Result<()> {
        if !cx.config().registration.open {
            return Err(Code::Forbidden.because("Registration is not open here.").into());
        }
        let user = self.person(cx)?;
        allow_mail(cx, &user.email).await?;
        begin_pause(cx, &user.email).await?;
        // In both cases, so that both take the same time.
        let hash = cx.passwords().hash(self.password).await?;
        let claim = Claim { name: user.name.clone(), hash: hash.clone() };
        let (mailed, message) = letters::verification(cx, &user)?;
        let mailed = mailed.claiming(claim.clone());
        let tx = cx.begin().await?;
        if users::store::insert(tx, &user).await? {
            credentials::store::set_password(tx, user.tenant, user.id, hash).await?;
            credentials::store::insert_proof(tx, &mailed).await?;
            tx.record(Fact::UserRegistered.of(user.id));
            tx.record(Fact::EmailVerificationSent.of(user.id));
            tx.send(message);
            return Ok(());
        }
        repeat(cx, &user.email, claim).await
    }
}

impl Register {
    /// Everything that is wrong with the form, or the person it describes.
    fn person(&self, cx: &Cx) -> Result<User> {
        let mut findings = Findings::default();
        let email = findings.keep("email", "invalid", Email::parse(&self.email));
        let name = findings.keep("name", "invalid", text::line(&self.name, LONGEST_NAME));
        let product = &cx.config().branding.product_name;
        let context = Context { email: email.as_ref(), name: &self.name, product };
        password::check(&mut findings, &self.password, &context, (&cx.config().passwords).into());
        if let Some(refusal) = findings.refusal() {
            return Err(refusal.into());
        }
        let (Some(email), Some(name)) = (email, name) else { return Err(Code::InvalidInput.into()) };
        Ok(User {
            id: UserId::fresh(),
            tenant: cx.tenant().id,
            email,
            email_verified_at: None,
            name,
            claims: Map::new(),
            admin: false,
            locked_at: None,
            created_at: cx.now,
            updated_at: cx.now,
        })
    }
}

/// The address has an account. Its password is not touched: whoever registers again has proved nothing. What they claim goes with
/// their proof, so that the one who reads the mail decides, not the one who came first (account pre-hijacking).
async fn repeat(cx: &mut Cx, email: &Email, claim: Claim) -> Result<()> {
    let tenant = cx.tenant().id;
    let present = users::store::find_by_email(cx.tx()?.db(), tenant, email.canonical()).await?;
    // Deleted in this very moment: asking again will do.
    let present = present.ok_or_else(|| Fault::unavailable("database", "an account was deleted meanwhile"))?;
    match judge(&present) {
        Known::Owned => {
            let message = letters::already_registered(cx, &present);
            cx.tx()?.send(message);
        }
        Known::Unproved => {
            let (mailed, message) = letters::verification(cx, &present)?;
            let tx = cx.tx()?;
            credentials::store::insert_proof(tx, &mailed.claiming(claim)).await?;
            tx.record(Fact::EmailVerificationSent.of(present.id));
            tx.send(message);
        }
    }
    cx.tx()?.record(Fact::UserRegistrationRepeated.of(present.id));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::users::tests::ada;

    #[test]
    fn only_an_unproved_address_gets_another_verification() {
        let fresh = ada();
        assert_eq!(judge(&fresh), Known::Unproved);
        assert_eq!(judge(&User { email_verified_at: Some(fresh.created_at), ..fresh.clone() }), Known::Owned);
        assert_eq!(judge(&User { locked_at: Some(fresh.created_at), ..fresh }), Known::Owned);
    }
}
