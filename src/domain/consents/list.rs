//! The applications that may use a person's account.

use super::{Allowed, allowed::gather, store};
use crate::{
    app::{Cx, Guard, Operation},
    domain::{clients, users::Whom},
    kernel::{Result, id::UserId},
};

/// Lists those of the caller, by name.
#[derive(Debug, Clone, Copy)]
pub struct ListConsents;

impl Operation for ListConsents {
    type Output = Vec<Allowed>;
    const NAME: &'static str = "consent.list";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Vec<Allowed>> {
        of(cx, cx.person()?.user).await
    }
}

/// Lists those of anybody, by name, for operators.
#[derive(Debug, Clone)]
pub struct ListConsentsOf {
    /// Whose.
    pub whom: Whom,
}

impl Operation for ListConsentsOf {
    type Output = Vec<Allowed>;
    const NAME: &'static str = "consent.list_of";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Vec<Allowed>> {
        let user = self.whom.find(cx).await?;
        of(cx, user.id).await
    }
}

async fn of(cx: &Cx, user: UserId) -> Result<Vec<Allowed>> {
    let (db, tenant) = (cx.db().reader(), cx.tenant().id);
    let (rows, in_use, asked) = tokio::try_join!(
        store::of_person(db, tenant, user),
        store::in_use(db, tenant, user, cx.now),
        store::last_asked(db, tenant, user),
    )?;
    let mut entries = gather(rows, in_use, &asked);
    let ids: Vec<_> = entries.keys().copied().collect();
    let clients = clients::store::find_by_rows(db, tenant, &ids).await?;
    let with_client = clients.into_iter().filter_map(|client| Some(entries.remove(&client.id)?.of(client)));
    let mut allowed: Vec<_> = with_client.collect();
    allowed.sort_by_key(|allowed| (allowed.client.client_name.to_lowercase(), allowed.client.id));
    Ok(allowed)
}
