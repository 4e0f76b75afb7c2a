//! Letters against a mail server of our own that says what the test wants it to say.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use signet::{
    config::{Setting, SmtpUrl},
    ports::mail::{Letter, SendError, Smtp},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

/// A server that answers each command as told (the first word, the answer; otherwise 250) and passes on what it received.
async fn server(answers: &'static [(&'static str, &'static str)]) -> (u16, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, answers, sender.clone()));
        }
    });
    (port, received)
}

async fn converse(stream: TcpStream, answers: &[(&str, &str)], received: mpsc::UnboundedSender<String>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 test\r\n").await.ok()?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let verb = line.split_whitespace().next().unwrap_or_default().to_uppercase();
        let told = answers.iter().find(|(word, _)| *word == verb).map(|(_, answer)| *answer);
        let usual = match verb.as_str() {
            "EHLO" => "250-test\r\n250-AUTH PLAIN\r\n250 8BITMIME",
            "DATA" => "354 go on",
            _ => "250 ok",
        };
        stream.write_all(format!("{}\r\n", told.unwrap_or(usual)).as_bytes()).await.ok()?;
        if verb == "DATA" && told.is_some_and(|told| told.starts_with("354")) {
            std::future::pending::<()>().await;
        }
        if verb == "DATA" && told.is_none() {
            let mut letter = String::new();
            while !letter.ends_with("\r\n.\r\n") {
                stream.read_line(&mut letter).await.ok()?;
            }
            let _ = received.send(letter);
            stream.write_all(b"250 queued\r\n").await.ok()?;
        }
    }
}

fn smtp(url: &str) -> Smtp {
    Smtp::new(&SmtpUrl::parse(url).unwrap(), Duration::from_secs(2)).unwrap()
}

fn letter() -> Letter {
    Letter {
        from: "Signet <no-reply@localhost>".into(),
        reply_to: None,
        to: "ada@example.test".into(),
        subject: "Confirm your address".into(),
        text: "Your code is 123456".into(),
        html: "<p>Your code is <b>123456</b></p>".into(),
        message_id: "<mail_1@localhost>".into(),
        date: "2024-05-01T12:00:00Z".parse().unwrap(),
    }
}

#[tokio::test]
async fn a_letter_arrives_as_it_was_written() {
    let (port, mut received) = server(&[]).await;
    let smtp = smtp(&format!("smtp://127.0.0.1:{port}"));
    for _ in 0..2 {
        smtp.send(&letter()).await.unwrap();
        let letter = received.recv().await.unwrap();
        assert!(letter.contains("Subject: Confirm your address\r\n"), "{letter}");
        assert!(letter.contains("Your code is 123456") && letter.contains("<b>123456</b>"), "{letter}");
    }
}

#[tokio::test]
async fn what_the_server_says_decides_about_another_attempt() {
    for (answers, permanent) in [
        (&[("RCPT", "550 5.1.1 no such user")] as &'static [_], true),
        (&[("RCPT", "450 4.2.1 greylisted")], false),
        (&[("MAIL", "530 5.7.0 log in first")], false),
        (&[("DATA", "554 5.7.1 spam")], true),
        (&[("MAIL", "421 4.3.2 going down")], false),
    ] {
        let (port, _received) = server(answers).await;
        let error = smtp(&format!("smtp://127.0.0.1:{port}")).send(&letter()).await.unwrap_err();
        // The server's own words, for whoever reads the queue.
        let (_, said) = answers[0].1.split_once(' ').unwrap();
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(matches!(error, SendError::Permanent(_)), permanent, "{answers:?}: {error}");
    }
}

#[tokio::test]
async fn a_refused_login_is_the_operators_to_mend_and_the_letter_waits() {
    let (port, mut received) = server(&[("AUTH", "535 5.7.8 wrong password")]).await;
    let smtp = smtp(&format!("smtp://user:secret@127.0.0.1:{port}?tls=none"));
    let error = smtp.send(&letter()).await.unwrap_err();
    assert!(matches!(&error, SendError::Temporary(said) if !said.contains("secret")), "{error}");
    assert!(received.try_recv().is_err());
}

#[tokio::test]
async fn nothing_is_sent_in_the_clear_where_encryption_is_demanded() {
    let (port, mut received) = server(&[]).await; // it offers no STARTTLS
    let smtp = smtp(&format!("smtp://127.0.0.1:{port}?tls=required"));
    assert!(matches!(smtp.send(&letter()).await, Err(SendError::Temporary(_))));
    assert!(received.try_recv().is_err());
}

#[tokio::test]
async fn a_server_that_is_away_or_silent_is_temporary() {
    let away = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // Falls silent when the letter is there: nobody knows whether it took it.
    let (falls_silent, _received) = server(&[("DATA", "354 go on")]).await;
    for port in [away, silent.local_addr().unwrap().port(), falls_silent] {
        let url = SmtpUrl::parse(&format!("smtp://127.0.0.1:{port}")).unwrap();
        let smtp = Smtp::new(&url, Duration::from_millis(300)).unwrap();
        for _ in 0..2 {
            let sent = smtp.send(&letter()).await;
            assert!(matches!(sent, Err(SendError::Temporary(_))), "{sent:?}");
        }
    }
}
