//! The development mailbox: mail that is kept because no mail server is set.

use serde_json::{Map, Value};

use super::store;
use crate::{
    app::{Cx, Guard, MAIL_SEAL, Operation},
    kernel::{Code, Fault, Result, Time, id::MailId},
};

/// Most mails that the mailbox lists.
const MOST: u64 = 50;

/// A mail in the mailbox, with what its template is given.
#[derive(Debug, Clone)]
pub struct KeptMail {
    /// Identifier.
    pub id: MailId,
    /// Name of its template.
    pub kind: String,
    /// The address.
    pub to: String,
    /// When it was written.
    pub at: Time,
    /// What the template is given. It holds links and codes.
    pub context: Map<String, Value>,
}

/// A row of the mailbox, still sealed.
pub(super) struct Sealed {
    pub(super) id: MailId,
    pub(super) kind: String,
    pub(super) to: String,
    pub(super) at: Time,
    pub(super) sealed: Vec<u8>,
}

/// Lists the kept mails, newest first. Only in development.
#[derive(Debug, Clone, Copy)]
pub struct ListKept;

impl Operation for ListKept {
    type Output = Vec<KeptMail>;
    const NAME: &'static str = "mail.list_kept";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<Vec<KeptMail>> {
        only_in_development(cx)?;
        let rows = store::kept(cx.db().reader(), cx.tenant().id, MOST).await?;
        rows.into_iter().map(|row| open(cx, row)).collect()
    }
}

/// Shows one kept mail. Only in development.
#[derive(Debug, Clone, Copy)]
pub struct ShowKept {
    /// Which.
    pub id: MailId,
}

impl Operation for ShowKept {
    type Output = KeptMail;
    const NAME: &'static str = "mail.show_kept";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<KeptMail> {
        only_in_development(cx)?;
        let row = store::find_kept(cx.db().reader(), cx.tenant().id, self.id).await?;
        open(cx, row.ok_or_else(|| Code::NotFound.because("There is no such mail."))?)
    }
}

/// In production there is no mailbox, whatever rows there are.
fn only_in_development(cx: &Cx) -> Result<()> {
    if cx.config().is_production() { Err(Code::NotFound.into()) } else { Ok(()) }
}

fn open(cx: &Cx, row: Sealed) -> Result<KeptMail> {
    let opened = cx.app.master.open(&row.sealed, MAIL_SEAL);
    let context = opened.map_err(|error| Fault::broken_by("the letter cannot be opened", error))?;
    let context = serde_json::from_slice(&context)
        .map_err(|error| Fault::broken_by("the context of a mail is not a JSON object", error))?;
    Ok(KeptMail { id: row.id, kind: row.kind, to: row.to, at: row.at, context })
}
