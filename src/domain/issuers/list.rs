//! Looking at issuers.

use super::{Issuer, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Code, Refusal, Result},
};

/// Every issuer of the tenant, by name.
#[derive(Debug, Clone)]
pub struct ListIssuers;

impl Operation for ListIssuers {
    type Output = Vec<Issuer>;
    const NAME: &'static str = "issuer.list";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Vec<Issuer>> {
        store::list(cx.db().reader(), cx.tenant().id).await
    }
}

/// One issuer.
#[derive(Debug, Clone)]
pub struct ShowIssuer {
    /// What its `iss` says.
    pub issuer: String,
}

impl Operation for ShowIssuer {
    type Output = Issuer;
    const NAME: &'static str = "issuer.show";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Issuer> {
        let found = store::find(cx.db().reader(), cx.tenant().id, &self.issuer).await?;
        found.ok_or_else(|| unknown().into())
    }
}

/// There is none of that name.
pub(super) fn unknown() -> Refusal {
    Code::NotFound.because("There is no issuer of this name.")
}
