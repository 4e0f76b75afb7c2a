//! Listing the keys.

use super::{Key, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::Result,
};

/// Every key of the tenant, the oldest first; those that are gone too.
#[derive(Debug, Clone, Copy)]
pub struct ListKeys;

impl Operation for ListKeys {
    type Output = Vec<Key>;
    const NAME: &'static str = "keys.list";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Vec<Key>> {
        let rows = store::all(cx.db().reader(), cx.tenant().id).await?;
        Ok(rows.into_iter().map(|row| row.key).collect())
    }
}
