//! One person, for operators.

use super::{User, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Code, Result, email::canonical_name, id::UserId},
};

/// Whom an operator means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// By identifier.
    Id(UserId),
    /// By address, in any spelling.
    Email(String),
}

impl From<&str> for Whom {
    /// `usr_…` is an identifier, everything else an address.
    fn from(text: &str) -> Self {
        text.trim().parse().map_or_else(|_| Self::Email(text.to_owned()), Self::Id)
    }
}

impl Whom {
    /// The person, or the refusal that there is none.
    pub async fn find(&self, cx: &Cx) -> Result<User> {
        let (db, tenant) = (cx.db().reader(), cx.tenant().id);
        let found = match self {
            Self::Id(id) => store::find(db, tenant, *id).await?,
            Self::Email(text) => store::find_by_email(db, tenant, &canonical_name(text)).await?,
        };
        found.ok_or_else(|| Code::NotFound.because("There is no such user.").into())
    }
}

/// Shows one person.
#[derive(Debug, Clone)]
pub struct ShowUser {
    /// Whom.
    pub whom: Whom,
}

impl Operation for ShowUser {
    type Output = User;
    const NAME: &'static str = "user.show";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<User> {
        self.whom.find(cx).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_told_from_an_address() {
        let id = UserId::fresh();
        assert_eq!(Whom::from(id.to_string().as_str()), Whom::Id(id));
        assert_eq!(Whom::from("ada@example.test"), Whom::Email("ada@example.test".into()));
        assert_eq!(Whom::from("usr_1"), Whom::Email("usr_1".into()));
    }
}
