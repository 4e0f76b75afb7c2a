//! What a person allowed, in words.

use super::{Kinds, Told, in_words};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Result, details::Details},
};

/// Puts authorization details of the caller into words, each list on its own.
#[derive(Debug, Clone)]
pub struct TellDetails {
    /// The lists.
    pub lists: Vec<Details>,
}

impl Operation for TellDetails {
    type Output = Vec<Vec<Told>>;
    const NAME: &'static str = "details.tell";
    const GUARD: Guard = Guard::SignedIn;

    async fn run(self, cx: &mut Cx) -> Result<Vec<Vec<Told>>> {
        let all = self.lists.iter().fold(Details::default(), |all, details| all.and(details.clone()));
        let kinds = Kinds::of(cx, &all).await?;
        Ok(self.lists.iter().map(|details| in_words(details, &kinds)).collect())
    }
}
