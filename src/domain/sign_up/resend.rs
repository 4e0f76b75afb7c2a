//! Sending the verification mail again. The answer is the same for every address.

use super::letters;
use crate::{
    app::{Cx, Guard, Limit, Operation},
    domain::{
        credentials::{self, allow_another, allow_mail},
        rates::rate,
        users::{self, User},
    },
    kernel::{Code, Fact, Result, email::Email, refusal::Findings},
};

/// Sends another verification mail, if the address has an account that waits for it. The code of the last mail dies.
#[derive(Debug, Clone)]
pub struct ResendVerification {
    /// The address.
    pub email: String,
}

/// Whether there is anything to send.
fn wants_mail(user: &User) -> bool {
    user.email_verified_at.is_none() && !user.is_locked()
}

impl Operation for ResendVerification {
    type Output = ();
    const NAME: &'static str = "sign_up.resend_verification";
    const GUARD: Guard = Guard::Anyone;
    const LIMITS: &'static [Limit] = &[Limit { rate: |config| rate(config.limits.verifications_per_address) }];

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let email = address(&self.email)?;
        allow_another(cx, &email).await?;
        allow_mail(cx, &email).await?;
        let found = users::store::find_by_email(cx.db().reader(), cx.tenant().id, email.canonical()).await?;
        let Some(user) = found.filter(wants_mail) else { return Ok(()) };
        let (mailed, message) = letters::verification(cx, &user)?;
        let tx = cx.begin().await?;
        credentials::store::insert_proof(tx, &mailed).await?;
        tx.record(Fact::EmailVerificationSent.of(user.id));
        tx.send(message);
        Ok(())
    }
}

/// The address that a form gives, or the refusal that names its field.
pub(in crate::domain) fn address(text: &str) -> Result<Email> {
    let mut findings = Findings::default();
    let email = findings.keep("email", "invalid", Email::parse(text));
    email.ok_or_else(|| findings.refusal().unwrap_or_else(|| Code::InvalidInput.into()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::users::tests::ada;

    #[test]
    fn only_who_waits_for_it_gets_a_mail() {
        let fresh = ada();
        assert!(wants_mail(&fresh));
        assert!(!wants_mail(&User { email_verified_at: Some(fresh.created_at), ..fresh.clone() }));
        assert!(!wants_mail(&User { locked_at: Some(fresh.created_at), ..fresh }));
    }

    #[test]
    fn what_is_not_an_address_is_told_at_its_field() {
        assert!(address("ada@example.test").is_ok());
        let error = address("ada").unwrap_err();
        assert_eq!(error.refusal().unwrap().fields[0].field, "email");
    }
}
