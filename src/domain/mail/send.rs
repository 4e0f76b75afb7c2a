//! Sending what is due. Several nodes may do so at once: each mail is claimed by one of them, for as long as an attempt takes.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use tokio::task::JoinSet;

use super::{
    Post,
    queue::{Claimed, next_attempt},
    store,
};
use crate::{
    app::{App, Cx, Guard, MAIL_SEAL, Operation},
    kernel::{Fault, Result, id::MailId},
    ports::mail::SendError,
};

/// How many mails one run looks at; the next run follows at once if there were so many.
const BATCH: u64 = 100;

/// How many mails a node sends at the same time.
const AT_ONCE: usize = 4;

/// After so many mails in a row that were not taken the server is probably away: the rest stays due for the next run.
const PATIENCE: u32 = 4;

/// Sends the mails of a tenant that are due.
#[derive(Debug, Clone)]
pub struct SendDue {
    /// What sends them.
    pub post: Arc<Post>,
}

/// What became of the mails that were due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Taken by the mail server.
    pub sent: u32,
    /// To be tried again.
    pub postponed: u32,
    /// Given up.
    pub failed: u32,
    /// Whether more may be due already.
    pub more: bool,
}

enum Outcome {
    Sent,
    Postponed,
    Failed,
    Taken,
}

impl Operation for SendDue {
    type Output = Sent;
    const NAME: &'static str = "mail.send_due";
    const GUARD: Guard = Guard::Service;

    async fn run(self, cx: &mut Cx) -> Result<Sent> {
        let due = store::due(cx.db().reader(), cx.tenant().id, cx.now, BATCH).await?;
        let full = due.len() as u64 == BATCH;
        let (mut result, mut refused, mut under_way) = (Sent::default(), 0, JoinSet::new());
        let (mut waiting, mut trouble) = (due.into_iter(), None);
        loop {
            while under_way.len() < AT_ONCE
                && refused < PATIENCE
                && trouble.is_none()
                && let Some(mail) = waiting.next()
            {
                under_way.spawn(attempt(cx.app.clone(), self.post.clone(), mail));
            }
            let Some(outcome) = under_way.join_next().await else { break };
            let outcome = outcome.map_err(|error| Fault::broken_by("sending a mail", error).into()).flatten();
            match outcome {
                Ok(Outcome::Sent) => (result.sent, refused) = (result.sent + 1, 0),
                Ok(Outcome::Postponed) => (result.postponed, refused) = (result.postponed + 1, refused + 1),
                Ok(Outcome::Failed) => (result.failed, refused) = (result.failed + 1, 0),
                Ok(Outcome::Taken) => {}
                // The attempts under way are awaited: one that was cut off would be made again, and the mail come twice.
                Err(error) => trouble = Some(error),
            }
        }
        result.more = full && refused < PATIENCE;
        trouble.map_or(Ok(result), Err)
    }
}

/// One attempt at one mail, with its own clock: those before it in the batch may have taken a while.
async fn attempt(app: Arc<App>, post: Arc<Post>, mail: MailId) -> Result<Outcome> {
    let lease_ends = app.clock.now() + lease(app.config.mail.timeout.std());
    let Some(mail) = store::claim(app.db.lone_write().await, mail, app.clock.now(), lease_ends).await? else {
        return Ok(Outcome::Taken);
    };
    let outcome = match write(&app, &post, &mail) {
        Ok(letter) => post.send(&letter).await,
        // A broken template or a lost master key can be mended: the mail waits for that.
        Err(fault) => {
            tracing::error!(mail = %mail.id, kind = mail.kind, error = %chain(&fault), "a mail cannot be written");
            Err(SendError::Temporary("it could not be written; the log says why".into()))
        }
    };
    conclude(&app, &mail, outcome).await
}

async fn conclude(app: &App, mail: &Claimed, outcome: Result<(), SendError>) -> Result<Outcome> {
    let (now, write) = (app.clock.now(), app.db.lone_write().await);
    let last = mail.attempt >= app.config.mail.attempts;
    match outcome {
        Ok(()) => {
            store::mark_sent(write, mail, now).await?;
            tracing::info!(mail = %mail.id, kind = mail.kind, attempt = mail.attempt, "mail sent");
            Ok(Outcome::Sent)
        }
        Err(SendError::Temporary(why)) if !last => {
            store::postpone(write, mail, next_attempt(mail.attempt, now, mail.id), &why).await?;
            tracing::debug!(mail = %mail.id, kind = mail.kind, attempt = mail.attempt, why, "mail postponed");
            Ok(Outcome::Postponed)
        }
        Err(SendError::Temporary(why) | SendError::Permanent(why)) => {
            store::give_up(write, mail, &why).await?;
            tracing::warn!(mail = %mail.id, kind = mail.kind, attempt = mail.attempt, why, "mail given up");
            Ok(Outcome::Failed)
        }
    }
}

fn write(app: &App, post: &Post, mail: &Claimed) -> Result<crate::ports::mail::Letter> {
    let context = app
        .master
        .open(&mail.sealed, MAIL_SEAL)
        .map_err(|error| Fault::broken_by("the letter cannot be opened", error))?;
    post.write(mail, &context)
}

fn chain(error: &crate::kernel::Error) -> String {
    match error {
        crate::kernel::Error::Fault(fault) => fault.chain(),
        other => other.to_string(),
    }
}

/// How long a claim lasts: a conversation with a mail server has a handful of steps of one timeout each.
fn lease(timeout: Duration) -> TimeDelta {
    TimeDelta::from_std(timeout.saturating_mul(8)).unwrap_or(TimeDelta::hours(1)) + TimeDelta::seconds(30)
}
