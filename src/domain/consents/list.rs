//! The applications that a person allowed to use the account.

use super::{Consent, store};
use crate::{
    app::{Cx, Guard, Operation},
    domain::clients::Client,
    kernel::Result,
};

/// One application, and what it is allowed.
#[derive(Debug, Clone)]
pub struct Allowed {
    /// Which.
    pub client: Client,
    /// What, since when.
    pub consent: Consent,
}

/// Lists them, by name.
#[derive(Debug, Clone, Copy)]
pub struct ListConsents;

impl Operation for ListConsents {
    type Output = Vec<Allowed>;
    const NAME: &'static str = "consent.list";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Vec<Allowed>> {
        let (user, tenant) = (cx.person()?.user, cx.tenant().id);
        let mut allowed = store::of_person(cx.db().reader(), tenant, user).await?;
        allowed.sort_by_key(|allowed| allowed.client.client_name.to_lowercase());
        Ok(allowed)
    }
}
