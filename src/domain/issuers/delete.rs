//! Removing an issuer: its word counts no longer, and what was given by it is worthless at once.

use super::{list::unknown, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Event, Fact, Result},
};

/// Removes an issuer with its links.
#[derive(Debug, Clone)]
pub struct DeleteIssuer {
    /// What its `iss` says.
    pub issuer: String,
}

impl Operation for DeleteIssuer {
    type Output = ();
    const NAME: &'static str = "issuer.delete";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let tenant = cx.tenant().id;
        let tx = cx.begin().await?;
        if !store::delete(tx, tenant, &self.issuer).await? {
            return Err(unknown().into());
        }
        tx.record(Event::from(Fact::IssuerDeleted).with("issuer", self.issuer));
        Ok(())
    }
}
