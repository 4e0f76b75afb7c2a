//! Initial access tokens: what the operator gives to whoever may register a client (RFC 7591 §3).

use std::time::Duration;

use chrono::TimeDelta;
use serde::Serialize;

use super::store;
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Code, Event, Fact, Result, Time, id::InitialTokenId, secret::Secret},
    ports::random,
};

/// One initial access token, without the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InitialToken {
    /// Its identifier.
    pub id: InitialTokenId,
    /// How many clients it may still register; none: any number.
    pub uses_left: Option<u32>,
    /// When it was made.
    pub created_at: Time,
    /// When it becomes worthless.
    pub expires_at: Option<Time>,
}

/// A new one, with the token, shown this once.
#[derive(Debug, Clone, Serialize)]
pub struct NewInitialToken {
    /// What is known of it later.
    #[serde(flatten)]
    pub about: InitialToken,
    /// The token.
    pub initial_access_token: Secret,
}

/// Makes an initial access token.
#[derive(Debug, Clone, Copy)]
pub struct CreateInitialToken {
    /// How many clients it may register; none: any number.
    pub uses: Option<u32>,
    /// How long it is good; none: until it is deleted.
    pub ttl: Option<Duration>,
}

impl Operation for CreateInitialToken {
    type Output = NewInitialToken;
    const NAME: &'static str = "initial_token.create";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<NewInitialToken> {
        if self.uses.is_some_and(|uses| uses == 0 || i32::try_from(uses).is_err()) {
            return Err(Code::InvalidInput.because("The number of uses must be at least one.").into());
        }
        let ttl = self.ttl.map(TimeDelta::from_std).transpose();
        let ttl = ttl.map_err(|_| Code::InvalidInput.because("That is too long a life for a token."))?;
        let expires_at = ttl.map(|ttl| cx.now + ttl);
        let about = InitialToken { id: InitialTokenId::fresh(), uses_left: self.uses, created_at: cx.now, expires_at };
        let token = random::token("sgt_ia_")?;
        let tenant = cx.tenant().id;
        let tx = cx.begin().await?;
        store::insert_initial(tx, tenant, &about, token.digest()).await?;
        tx.record(Event::from(Fact::InitialTokenCreated).with("token", about.id.to_string()));
        Ok(NewInitialToken { about, initial_access_token: token })
    }
}

/// Every initial access token, the newest first.
#[derive(Debug, Clone, Copy)]
pub struct ListInitialTokens;

impl Operation for ListInitialTokens {
    type Output = Vec<InitialToken>;
    const NAME: &'static str = "initial_token.list";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Vec<InitialToken>> {
        store::list_initial(cx.db().reader(), cx.tenant().id).await
    }
}

/// Makes an initial access token worthless. Clients that it registered stay.
#[derive(Debug, Clone, Copy)]
pub struct DeleteInitialToken {
    /// Which one.
    pub id: InitialTokenId,
}

impl Operation for DeleteInitialToken {
    type Output = ();
    const NAME: &'static str = "initial_token.delete";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let tenant = cx.tenant().id;
        let tx = cx.begin().await?;
        if !store::delete_initial(tx, tenant, self.id).await? {
            return Err(Code::NotFound.because("There is no initial access token with this identifier.").into());
        }
        tx.record(Event::from(Fact::InitialTokenDeleted).with("token", self.id.to_string()));
        Ok(())
    }
}
