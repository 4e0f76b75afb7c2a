//! Removing a resource: no more tokens for it. Those that were issued live until they expire.

use super::{list::unknown, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Event, Fact, Result},
};

/// Removes a resource.
#[derive(Debug, Clone)]
pub struct DeleteResource {
    /// Its resource indicator.
    pub uri: String,
}

impl Operation for DeleteResource {
    type Output = ();
    const NAME: &'static str = "resource.delete";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let tenant = cx.tenant().id;
        let tx = cx.begin().await?;
        if !store::delete(tx, tenant, &self.uri).await? {
            return Err(unknown().into());
        }
        tx.record(Event::from(Fact::ResourceDeleted).with("uri", self.uri));
        Ok(())
    }
}
