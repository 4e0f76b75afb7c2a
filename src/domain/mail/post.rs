//! The post office: writes a letter from a queued mail, and hands it to the mail server.

use std::fmt;

use serde_json::{Map, Value, json};

use super::queue::Claimed;
use crate::{
    config::Config,
    kernel::{Fault, Result},
    ports::{
        mail::{Letter, SendError, Smtp},
        templates::Templates,
    },
};

/// What sending needs besides the rows. One for the life of the process: it keeps connections to the mail server.
pub struct Post {
    smtp: Smtp,
    templates: Templates,
    from: String,
    reply_to: Option<String>,
    site: Value,
    /// What follows the `@` of message ids.
    host: String,
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Post {
    /// The post office of these settings; none where mail is kept in the development mailbox.
    ///
    /// # Errors
    /// A fault if the address of the mail server cannot be used. It is not contacted yet.
    pub fn open(config: &Config) -> Result<Option<Self>> {
        let Some(url) = &config.smtp_url else { return Ok(None) };
        Ok(Some(Self {
            smtp: Smtp::new(url, config.mail.timeout.std())?,
            templates: Templates::new(config.branding.templates_dir.as_deref(), !config.is_production()),
            from: config.mail.from.to_string(),
            reply_to: config.mail.reply_to.as_ref().map(ToString::to_string),
            site: json!({
                "product": config.branding.product_name,
                "issuer_host": config.issuer.host(),
                "support_url": config.branding.support_url.as_ref().map(ToString::to_string),
            }),
            host: config.issuer.host().to_owned(),
        }))
    }

    /// The letter of a queued mail, given its opened context.
    ///
    /// # Errors
    /// A fault if the context is not an object, or a template cannot be rendered or has no subject.
    pub(super) fn write(&self, mail: &Claimed, context: &[u8]) -> Result<Letter> {
        let mut context: Map<String, Value> = serde_json::from_slice(context)
            .map_err(|error| Fault::broken_by("the context of a mail is not a JSON object", error))?;
        context.insert("site".into(), self.site.clone());
        let text = self.templates.render(&format!("mail/{}.txt", mail.kind), &context)?;
        let html = self.templates.render(&format!("mail/{}.html", mail.kind), &context)?;
        let (subject, text) = split_subject(&text)
            .ok_or_else(|| Fault::broken(format!("mail/{}.txt does not begin with \"Subject: \"", mail.kind)))?;
        Ok(Letter {
            from: self.from.clone(),
            reply_to: self.reply_to.clone(),
            to: mail.recipient.clone(),
            subject,
            text,
            html,
            message_id: format!("<{}@{}>", mail.id, self.host),
            date: mail.created_at,
        })
    }

    /// Hands a letter to the mail server.
    pub(super) async fn send(&self, letter: &Letter) -> Result<(), SendError> {
        self.smtp.send(letter).await
    }
}

/// The first line is the subject; the body begins after the empty line that follows.
pub fn split_subject(text: &str) -> Option<(String, String)> {
    let (first, rest) = text.trim_start().split_once('\n')?;
    let subject = first.strip_prefix("Subject:")?.trim();
    (!subject.is_empty()).then(|| (subject.to_owned(), rest.trim_start_matches(['\r', '\n']).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_subject() {
        let split = split_subject("\nSubject: Hello you \n\nBody\nmore\n");
        assert_eq!(split, Some(("Hello you".into(), "Body\nmore\n".into())));
        for bad in ["Hello\n\nBody", "Subject:\n\nBody", "Subject: only", ""] {
            assert_eq!(split_subject(bad), None, "{bad:?}");
        }
    }
}
