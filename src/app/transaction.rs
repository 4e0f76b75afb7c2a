//! One transaction of one operation: rows, facts and mails that become true together.

use std::sync::Arc;

use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait};
use tokio::sync::OwnedMutexGuard;

use super::{App, message::Message};
use crate::kernel::{
    Caller, Error, Event, Fault, Refusal, Result, Time, Who,
    id::{ActivityId, MailId},
};

/// What a mail is sealed for: a sealed letter cannot be opened as anything else.
pub const MAIL_SEAL: &str = "outgoing_mail";

/// A transaction. Only `Cx::begin` makes one; it ends with the operation.
pub struct Tx {
    inner: DatabaseTransaction,
    app: Arc<App>,
    caller: Caller,
    /// The instant of the operation.
    pub now: Time,
    events: Vec<Event>,
    messages: Vec<Message>,
    notices: bool,
    pings: bool,
    // Dropped last: SQLite's next writer may begin when this one has ended.
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Tx {
    pub(super) fn new(
        inner: DatabaseTransaction,
        turn: Option<OwnedMutexGuard<()>>,
        app: Arc<App>,
        caller: Caller,
        now: Time,
    ) -> Self {
        Self {
            inner,
            app,
            caller,
            now,
            events: Vec::new(),
            messages: Vec::new(),
            notices: false,
            pings: false,
            _turn: turn,
        }
    }

    /// The connection, for `store.rs` files.
    pub fn db(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Remembers a fact: one `user_activity` row, in this transaction.
    pub fn record(&mut self, event: impl Into<Event>) {
        self.events.push(event.into());
    }

    /// Queues a mail in this transaction.
    pub fn send(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// Says that notices of a session's end were written: whoever sends them is woken after the commit.
    pub fn notices_written(&mut self) {
        self.notices = true;
    }

    /// Says that a client is to be told of a decision: whoever tells it is woken after the commit.
    pub fn pings_written(&mut self) {
        self.pings = true;
    }

    /// Turns a refusal into one that keeps what was written (a replay, a failed attempt).
    pub fn settle(&self, refusal: impl Into<Refusal>) -> Error {
        Error::Settled(Box::new(refusal.into()))
    }

    /// Facts and mails in one statement each, then the commit.
    pub(super) async fn commit(mut self) -> Result<()> {
        let mails = !self.messages.is_empty();
        self.write_events().await?;
        self.write_messages().await?;
        self.inner.commit().await?;
        if mails {
            self.app.mail_queued.notify_one();
        }
        if self.notices {
            self.app.notice_queued.notify_one();
        }
        if self.pings {
            self.app.ping_queued.notify_one();
        }
        Ok(())
    }

    pub(super) async fn rollback(self) {
        if let Err(error) = self.inner.rollback().await {
            tracing::warn!(%error, "a transaction did not roll back cleanly");
        }
    }

    async fn write_events(&mut self) -> Result<()> {
        use entity::user_activity::{ActiveModel, Entity};
        let rows: Vec<_> = self
            .events
            .drain(..)
            .map(|event| ActiveModel {
                id: Set(ActivityId::fresh().uuid()),
                tenant_id: Set(self.caller.tenant.id.uuid()),
                at: Set(self.now),
                name: Set(event.fact.name().to_owned()),
                actor: Set(actor(&self.caller.who).to_owned()),
                user_id: Set(event.user.map(|id| id.uuid())),
                client_id: Set(event.client.map(|id| id.uuid())),
                session_id: Set(event.session.map(|id| id.uuid())),
                address: Set(self.caller.device.address.map(|address| address.to_string())),
                device: Set(self.caller.device.user_agent.as_ref().map(|_| self.caller.device.name())),
                request_id: Set(self.caller.request.uuid()),
                details: Set(event.details.into()),
            })
            .collect();
        if !rows.is_empty() {
            Entity::insert_many(rows).exec_without_returning(&self.inner).await?;
        }
        Ok(())
    }

    async fn write_messages(&mut self) -> Result<()> {
        use entity::outgoing_mail::{ActiveModel, Entity};
        let kept = self.app.config.smtp_url.is_none();
        let mut rows = Vec::with_capacity(self.messages.len());
        for message in self.messages.drain(..) {
            let letter = serde_json::to_vec(&message.context)
                .map_err(|error| Fault::broken_by("a mail's context is not JSON", error))?;
            let sealed = self.app.master.seal(&letter, MAIL_SEAL);
            let sealed = sealed.map_err(|error| Fault::broken_by("a mail cannot be sealed", error))?;
            rows.push(ActiveModel {
                id: Set(MailId::fresh().uuid()),
                tenant_id: Set(self.caller.tenant.id.uuid()),
                user_id: Set(message.user.map(|id| id.uuid())),
                kind: Set(message.letter.name().to_owned()),
                recipient: Set(message.to.as_typed().to_owned()),
                sealed: Set(Some(sealed)),
                state: Set(if kept { "kept" } else { "pending" }.to_owned()),
                attempts: Set(0),
                next_attempt_at: Set(self.now),
                created_at: Set(self.now),
                sent_at: Set(None),
                last_error: Set(None),
            });
        }
        if !rows.is_empty() {
            Entity::insert_many(rows).exec_without_returning(&self.inner).await?;
        }
        Ok(())
    }
}

fn actor(who: &Who) -> &'static str {
    match who {
        Who::Nobody => "nobody",
        Who::Person(_) => "person",
        Who::Operator => "operator",
        Who::Job => "job",
    }
}
