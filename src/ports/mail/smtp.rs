//! Letters over SMTP (RFC 5321), encrypted unless told otherwise.

use std::{
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use lettre::{
    Address, Message,
    message::{Mailbox, MultiPart},
    transport::smtp::{
        self,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Tls, TlsParameters},
        extension::ClientId,
    },
};
use tokio::time;

use super::{Letter, SendError};
use crate::{
    config::{SmtpTls, SmtpUrl},
    kernel::Fault,
};

/// Connections kept open at most.
const IDLE: usize = 4;

/// A mail server, and the connections to it that are kept for the next letter.
///
/// The library's own transport is not used: its timeout covers nothing but the connecting, and a conversation that is cut off
/// goes back into its pool, where the next letter would take the answers to the last one's commands for its own.
pub struct Smtp {
    host: String,
    port: u16,
    tls: Tls,
    login: Option<Credentials>,
    hello: ClientId,
    timeout: Duration,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

impl Smtp {
    /// The server that the configuration names; a letter is given up when it takes longer than `timeout`. The server is not
    /// contacted yet.
    ///
    /// [`SmtpTls::Opportunistic`] is plain text on loopback: nobody is between, and a server there that offers STARTTLS
    /// does so with a certificate that nobody vouches for.
    ///
    /// # Errors
    /// A fault when the host's name cannot be used with TLS.
    pub fn new(server: &SmtpUrl, timeout: Duration) -> Result<Self, Fault> {
        let host = server.host.trim_start_matches('[').trim_end_matches(']');
        let login = server.login.as_ref();
        Ok(Self {
            host: host.to_owned(),
            port: server.port,
            tls: tls(server.tls, host).map_err(|error| Fault::broken_by("smtp_url cannot be used with TLS", error))?,
            login: login.map(|(user, password)| Credentials::new(user.clone(), password.expose().to_owned())),
            hello: ClientId::default(),
            timeout,
            idle: Mutex::default(),
        })
    }

    /// Sends one letter.
    ///
    /// # Errors
    /// [`SendError`] says whether another attempt makes sense.
    pub async fn send(&self, letter: &Letter) -> Result<(), SendError> {
        let message = compose(letter)?;
        match time::timeout(self.timeout, self.converse(&message)).await {
            Ok(result) => result.map_err(|error| judge(&error)),
            Err(_) => Err(SendError::Temporary(format!("no answer within {:?}", self.timeout))),
        }
    }

    /// One letter over one connection, which is kept only if the conversation went well to its end.
    async fn converse(&self, message: &Message) -> Result<(), smtp::Error> {
        let kept = self.idle().pop();
        let mut connection = match kept {
            Some(kept) => self.still_good(kept).await?,
            None => self.connect().await?,
        };
        connection.send(message.envelope(), &message.formatted()).await?;
        let mut idle = self.idle();
        if idle.len() < IDLE {
            idle.push(connection);
        }
        Ok(())
    }

    /// A kept connection, or a new one where the server has closed it meanwhile.
    async fn still_good(&self, mut kept: AsyncSmtpConnection) -> Result<AsyncSmtpConnection, smtp::Error> {
        if kept.test_connected().await { Ok(kept) } else { self.connect().await }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, smtp::Error> {
        let (server, timeout, hello) = ((self.host.as_str(), self.port), Some(self.timeout), &self.hello);
        let implicit = if let Tls::Wrapper(parameters) = &self.tls { Some(parameters.clone()) } else { None };
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, timeout, hello, implicit, None).await?;
        match &self.tls {
            // Without the offer this fails: whoever stripped it from the greeting gains nothing.
            Tls::Required(parameters) => connection.starttls(parameters.clone(), hello).await?,
            Tls::Opportunistic(parameters) if connection.can_starttls() => {
                connection.starttls(parameters.clone(), hello).await?;
            }
            Tls::Opportunistic(_) | Tls::Wrapper(_) | Tls::None => {}
        }
        if let Some(login) = &self.login {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], login).await?;
        }
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<AsyncSmtpConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the library protects the connection.
fn tls(wanted: SmtpTls, host: &str) -> Result<Tls, smtp::Error> {
    let parameters = || TlsParameters::new(host.to_owned());
    Ok(match wanted {
        SmtpTls::Implicit => Tls::Wrapper(parameters()?),
        SmtpTls::Required => Tls::Required(parameters()?),
        SmtpTls::Opportunistic if !is_loopback(host) => Tls::Opportunistic(parameters()?),
        SmtpTls::Opportunistic | SmtpTls::Off => Tls::None,
    })
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Writes the letter. Nothing that goes into a header may contain a line break (header injection) or another control
/// character.
fn compose(letter: &Letter) -> Result<Message, SendError> {
    let headers = [&letter.from, &letter.to, &letter.subject, &letter.message_id];
    if headers.into_iter().chain(&letter.reply_to).any(|header| header.chars().any(char::is_control)) {
        return Err(SendError::Permanent("a header contains control characters".into()));
    }
    // lettre writes the id as it is; what is not one could not be answered to (RFC 5322 §3.6.4).
    let id = letter.message_id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or_default();
    if !id.contains('@') || id.contains(|c: char| !c.is_ascii_graphic() || matches!(c, '<' | '>')) {
        return Err(SendError::Permanent("the message id is malformed".into()));
    }
    let mut message = Message::builder()
        .from(mailbox(&letter.from)?)
        .to(Mailbox::new(None, address(&letter.to)?))
        .subject(&letter.subject)
        .message_id(Some(letter.message_id.clone()))
        .date(SystemTime::from(letter.date));
    if let Some(reply_to) = &letter.reply_to {
        message = message.reply_to(mailbox(reply_to)?);
    }
    message
        .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
        .map_err(|error| SendError::Permanent(one_line(&error.to_string())))
}

/// An address with its domain as the mail system knows it (ASCII), so that only a Unicode local part needs SMTPUTF8.
fn address(text: &str) -> Result<Address, SendError> {
    let malformed = || SendError::Permanent("an address is malformed".into());
    let (local, domain) = text.rsplit_once('@').ok_or_else(malformed)?;
    let domain = idna::domain_to_ascii(domain).map_err(|_| malformed())?;
    Address::new(local, domain).map_err(|_| malformed())
}

/// `Name <address>`, or an address.
fn mailbox(text: &str) -> Result<Mailbox, SendError> {
    match text.rsplit_once('<') {
        None => address(text.trim()).map(|address| Mailbox::new(None, address)),
        Some((name, rest)) => {
            let inside = rest
                .trim_end()
                .strip_suffix('>')
                .ok_or_else(|| SendError::Permanent("a sender is malformed".into()))?;
            let name = name.trim().trim_matches('"');
            Ok(Mailbox::new((!name.is_empty()).then(|| name.to_owned()), address(inside)?))
        }
    }
}

/// Whether another attempt makes sense.
fn judge(error: &smtp::Error) -> SendError {
    let said = one_line(&error.to_string());
    // 53x is about our own login or the encryption (RFC 4954 §6): the operator mends that, and the letter waits.
    let about_us = error.status().is_some_and(|code| matches!(u16::from(code), 530..=539));
    if error.is_permanent() && !about_us { SendError::Permanent(said) } else { SendError::Temporary(said) }
}

/// What a server said, fit for a column and a log line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn letter() -> Letter {
        Letter {
            from: "Signet <no-reply@localhost>".into(),
            reply_to: Some("help@example.test".into()),
            to: "ada@example.test".into(),
            subject: "Prüfe deine Adresse".into(),
            text: "Hallo".into(),
            html: "<p>Hallo</p>".into(),
            message_id: "<mail_1@localhost>".into(),
            date: "2024-05-01T12:00:00Z".parse().unwrap(),
        }
    }

    fn written(letter: &Letter) -> String {
        String::from_utf8(compose(letter).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_letter_has_its_headers_and_both_bodies() {
        let text = written(&letter());
        for line in [
            "From: Signet <no-reply@localhost>\r\n",
            "Reply-To: help@example.test\r\n",
            "To: ada@example.test\r\n",
            "Subject: =?utf-8?b?UHLDvGZl?= deine Adresse\r\n",
            "Message-ID: <mail_1@localhost>\r\n",
            "Date: Wed, 01 May 2024 12:00:00 +0000\r\n",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Content-Type: text/html; charset=utf-8\r\n",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn nothing_smuggles_a_header_in() {
        let evil = "x\r\nBcc: all@example.test";
        let smuggled: [fn(&mut Letter, &str); 5] = [
            |letter, evil| letter.subject = evil.into(),
            |letter, evil| letter.from = format!("{evil} <a@example.test>"),
            |letter, evil| letter.to = format!("{evil}@example.test"),
            |letter, evil| letter.reply_to = Some(format!("{evil} <a@example.test>")),
            |letter, evil| letter.message_id = format!("<{evil}@x>"),
        ];
        for smuggle in smuggled {
            for evil in [evil, "x\nBcc: a@b.test", "x\rBcc: a@b.test", "x\0"] {
                let mut letter = letter();
                smuggle(&mut letter, evil);
                assert!(matches!(compose(&letter), Err(SendError::Permanent(_))), "{evil:?}");
            }
        }
    }

    #[test]
    fn one_recipient_stays_one() {
        for to in [
            "a@example.test, b@example.test",
            "a@example.test>, <b@example.test",
            "Ada <a@example.test>",
            "a",
            "@b.test",
            "",
        ] {
            assert!(compose(&Letter { to: to.into(), ..letter() }).is_err(), "{to}");
        }
    }

    #[test]
    fn a_name_with_specials_stays_a_name_and_a_unicode_domain_is_ascii() {
        let from = "Ada, Countess <ada@exämple.test>";
        let text = written(&Letter { from: from.into(), ..letter() });
        // The name, comma included, as one encoded word (RFC 2047).
        assert!(text.contains("From: =?utf-8?b?QWRhLCBDb3VudGVzcw==?= <ada@xn--exmple-cua.test>\r\n"), "{text}");
    }

    #[test]
    fn only_loopback_and_an_express_wish_are_plain() {
        for (host, wanted, plain) in [
            ("mail.example.test", SmtpTls::Implicit, false),
            ("mail.example.test", SmtpTls::Required, false),
            ("mail.example.test", SmtpTls::Opportunistic, false),
            ("localhost.example.test", SmtpTls::Opportunistic, false),
            ("mail.example.test", SmtpTls::Off, true),
            ("127.0.0.1", SmtpTls::Opportunistic, true),
            ("::1", SmtpTls::Opportunistic, true),
            ("localhost", SmtpTls::Opportunistic, true),
            ("localhost", SmtpTls::Required, false),
        ] {
            assert_eq!(matches!(tls(wanted, host).unwrap(), Tls::None), plain, "{host} {wanted:?}");
        }
    }

    #[test]
    fn what_a_server_says_becomes_one_line() {
        assert_eq!(one_line("5.1.1 no\r\nsuch\0user"), "5.1.1 no  such user");
        assert_eq!(one_line(&"x".repeat(600)).len(), 500);
    }
}
