//! Looking at resources.

use super::{Resource, store};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Code, Refusal, Result},
};

/// Every resource of the tenant, by name.
#[derive(Debug, Clone)]
pub struct ListResources;

impl Operation for ListResources {
    type Output = Vec<Resource>;
    const NAME: &'static str = "resource.list";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Vec<Resource>> {
        store::list(cx.db().reader(), cx.tenant().id).await
    }
}

/// One resource.
#[derive(Debug, Clone)]
pub struct ShowResource {
    /// Its resource indicator.
    pub uri: String,
}

impl Operation for ShowResource {
    type Output = Resource;
    const NAME: &'static str = "resource.show";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Resource> {
        let found = store::find(cx.db().reader(), cx.tenant().id, &[&self.uri]).await?;
        found.into_iter().next().ok_or_else(|| unknown().into())
    }
}

/// There is none of that name.
pub(super) fn unknown() -> Refusal {
    Code::NotFound.because("There is no resource with this URI.")
}
