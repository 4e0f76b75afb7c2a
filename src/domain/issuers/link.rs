//! Whom an issuer means, by an operator's word.

use serde::Serialize;

use super::{list::unknown, store};
use crate::{
    app::{Cx, Guard, Operation},
    domain::users::{ShowUser, Whom},
    kernel::{Code, Fact, Result, id::UserId},
};

/// Longest `sub` that is linked, in bytes (OpenID Connect Core §2 has 255 characters).
pub(super) const LONGEST_SUBJECT: usize = 255;

/// Says whom an issuer means by a subject.
#[derive(Debug, Clone)]
pub struct LinkSubject {
    /// What its `iss` says.
    pub issuer: String,
    /// What its `sub` says.
    pub subject: String,
    /// Whom that is here.
    pub whom: Whom,
}

/// One link.
#[derive(Debug, Clone, Serialize)]
pub struct Linked {
    /// The issuer.
    pub issuer: String,
    /// What it calls the person.
    pub subject: String,
    /// The person.
    pub user_id: UserId,
}

impl Operation for LinkSubject {
    type Output = Linked;
    const NAME: &'static str = "issuer.link";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Linked> {
        if !(1..=LONGEST_SUBJECT).contains(&self.subject.len()) || self.subject.contains('\0') {
            let refusal = Code::InvalidInput.because("The subject cannot be linked.");
            return Err(refusal.at("subject", "invalid", "must be 1 to 255 characters").into());
        }
        let found = store::find(cx.db().reader(), cx.tenant().id, &self.issuer).await?;
        let issuer = found.ok_or_else(unknown)?;
        let user = ShowUser { whom: self.whom }.run(cx).await?;
        let tx = cx.begin().await?;
        if !store::link(tx, &issuer, &self.subject, user.id).await? {
            return Err(Code::Conflict.because("This subject is linked already; unlink it first.").into());
        }
        let fact = Fact::IssuerSubjectLinked.of(user.id).with("issuer", self.issuer.clone());
        tx.record(fact.with("subject", self.subject.clone()));
        Ok(Linked { issuer: self.issuer, subject: self.subject, user_id: user.id })
    }
}

/// Forgets whom an issuer means by a subject. Tokens that were given by it live until they expire.
#[derive(Debug, Clone)]
pub struct UnlinkSubject {
    /// What its `iss` says.
    pub issuer: String,
    /// What its `sub` says.
    pub subject: String,
}

impl Operation for UnlinkSubject {
    type Output = ();
    const NAME: &'static str = "issuer.unlink";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let found = store::find(cx.db().reader(), cx.tenant().id, &self.issuer).await?;
        let issuer = found.ok_or_else(unknown)?;
        let linked = store::linked(cx.db().reader(), &issuer, &self.subject).await?;
        let user = linked.ok_or_else(|| Code::NotFound.because("This subject is not linked."))?;
        let tx = cx.begin().await?;
        store::unlink(tx, &issuer, &self.subject).await?;
        let fact = Fact::IssuerSubjectUnlinked.of(user).with("issuer", self.issuer);
        tx.record(fact.with("subject", self.subject));
        Ok(())
    }
}
