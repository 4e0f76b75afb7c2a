//! `/dev/mailbox`: the mails that nobody sends, for development only.

use std::sync::Arc;

use axum::{extract::State, response::Response, routing::get};
use serde::Serialize;
use serde_json::Value;

use super::{Frame, Moment, moment};
use crate::{
    app::App,
    domain::mail::{KeptMail, ListKept, ShowKept, split_subject},
    kernel::{Code, Fault, Result, id::MailId},
    web::{
        Endpoint,
        endpoint::GET,
        extract::{Form, PathName, Visitor},
    },
};

/// `/dev/mailbox`.
pub const MAILBOX: Endpoint = Endpoint::page("/dev/mailbox", GET, || get(list));
/// `/dev/mailbox/{id}`.
pub const MAIL: Endpoint = Endpoint::page("/dev/mailbox/{id}", GET, || get(show));

#[derive(Serialize)]
struct Mailbox {
    mails: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    href: String,
    to: String,
    subject: String,
    at: Moment,
}

#[derive(Serialize)]
struct Shown {
    mail: Letter,
}

#[derive(Serialize)]
struct Letter {
    to: String,
    from: String,
    subject: String,
    at: Moment,
    text: String,
    links: Vec<String>,
}

async fn list(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Response> {
    let kept = app.perform(visitor.caller(), ListKept).await?;
    let mut mails = Vec::with_capacity(kept.len());
    for mail in kept {
        let (subject, _) = letter(&visitor, &mail)?;
        let href = format!("/dev/mailbox/{}", mail.id);
        mails.push(Row { href, to: mail.to, subject, at: moment(mail.at, visitor.now) });
    }
    Frame::of(&visitor, Form::SignIn).show(&visitor, "mailbox.html", Mailbox { mails })
}

async fn show(State(app): State<Arc<App>>, visitor: Visitor, PathName(id): PathName) -> Result<Response> {
    let id: MailId = id.parse().map_err(|_| Code::NotFound)?;
    let mail = app.perform(visitor.caller(), ShowKept { id }).await?;
    let (subject, text) = letter(&visitor, &mail)?;
    let mail = Letter {
        to: mail.to,
        from: app.config.mail.from.to_string(),
        subject,
        at: moment(mail.at, visitor.now),
        links: links(&text),
        text,
    };
    Frame::of(&visitor, Form::SignIn).show(&visitor, "mail.html", Shown { mail })
}

/// Subject and text, rendered as they would have been sent.
fn letter(visitor: &Visitor, mail: &KeptMail) -> Result<(String, String)> {
    let mut context = mail.context.clone();
    let site =
        serde_json::to_value(&visitor.face.site).map_err(|error| Fault::broken_by("the site is not JSON", error))?;
    context.insert("site".into(), site);
    let text = visitor.face.templates.render(&format!("mail/{}.txt", mail.kind), Value::Object(context))?;
    Ok(split_subject(&text).ok_or_else(|| Fault::broken(format!("mail/{}.txt has no subject", mail.kind)))?)
}

/// The addresses that stand on lines of their own.
fn links(text: &str) -> Vec<String> {
    let is_link = |line: &&str| line.starts_with("http://") || line.starts_with("https://");
    text.lines().map(str::trim).filter(is_link).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stand_on_lines_of_their_own() {
        let text = "Open this:\nhttps://id.test/verify-email?token=x\n\nnot https://id.test here\n http://b.test/ \n";
        assert_eq!(links(text), ["https://id.test/verify-email?token=x", "http://b.test/"]);
    }
}
