//! Creating a person by hand, or bringing one in from another system.

use serde_json::{Map, Value};

use super::{User, store};
use crate::{
    app::{Cx, Guard, Operation},
    domain::credentials::{
        self,
        password::{self, Context},
    },
    kernel::{Code, Fact, Result, email::Email, id::UserId, refusal::Findings, secret::Secret, text},
    ports::passwords::Passwords,
};

/// Longest name of a person, in characters.
pub const LONGEST_NAME: usize = 100;

/// Creates a person.
#[derive(Debug, Clone)]
pub struct CreateUser {
    /// The address.
    pub email: String,
    /// Full name.
    pub name: String,
    /// The password; without one the person has to ask for a reset link.
    pub password: Option<Secret>,
    /// In its place, an argon2 or bcrypt hash from another system.
    pub password_hash: Option<String>,
    /// Whether the address is known to be the person's.
    pub verified: bool,
    /// Whether the person may administer the tenant.
    pub admin: bool,
    /// Further standard claims (OpenID Connect Core §5.1).
    pub claims: Map<String, Value>,
}

impl Operation for CreateUser {
    type Output = User;
    const NAME: &'static str = "user.create";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<User> {
        let (user, password, imported) = self.judge(cx)?;
        let hash = match password {
            Some(password) => Some(cx.passwords().hash(password).await?),
            None => imported,
        };
        let tx = cx.begin().await?;
        if !store::insert(tx, &user).await? {
            let taken = Code::Conflict.because("A user with this address exists.");
            return Err(taken.at("email", "taken", "exists already").into());
        }
        if let Some(hash) = hash {
            credentials::store::set_password(tx, user.tenant, user.id, hash).await?;
        }
        tx.record(Fact::UserCreated.of(user.id).with("verified", self.verified).with("admin", self.admin));
        Ok(user)
    }
}

impl CreateUser {
    /// Everything that is wrong with it, or the person it describes and how they will prove themselves.
    fn judge(&self, cx: &Cx) -> Result<(User, Option<Secret>, Option<String>)> {
        let mut findings = Findings::default();
        let email = findings.keep("email", "invalid", Email::parse(&self.email));
        let name = findings.keep("name", "invalid", text::line(&self.name, LONGEST_NAME));
        if let Some(password) = &self.password {
            let product = &cx.config().branding.product_name;
            let context = Context { email: email.as_ref(), name: &self.name, product };
            password::check(&mut findings, password, &context, (&cx.config().passwords).into());
        }
        if let Some(hash) = &self.password_hash {
            findings.keep("password_hash", "unknown", Passwords::check_import(hash));
            if self.password.is_some() {
                findings.note("password_hash", "ambiguous", "stands beside a password: give one of them");
            }
        }
        if let Some(refusal) = findings.refusal() {
            return Err(refusal.into());
        }
        let (Some(email), Some(name)) = (email, name) else { return Err(Code::InvalidInput.into()) };
        let user = User {
            id: UserId::fresh(),
            tenant: cx.tenant().id,
            email,
            email_verified_at: self.verified.then_some(cx.now),
            name,
            claims: self.claims.clone(),
            admin: self.admin,
            locked_at: None,
            created_at: cx.now,
            updated_at: cx.now,
        };
        Ok((user, self.password.clone(), self.password_hash.clone()))
    }
}
