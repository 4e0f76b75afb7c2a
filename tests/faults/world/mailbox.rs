//! A mail server that keeps what it is given.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// SMTP on a port; ended with the test.
pub struct Mailbox {
    mails: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Mailbox {
    pub async fn open(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let kept = mails.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, kept.clone()));
            }
        });
        Self { mails, serving }
    }

    /// Whom each mail was for, sorted.
    pub fn recipients(&self) -> Vec<String> {
        let mut all: Vec<String> = self.mails.lock().unwrap().clone();
        all.sort();
        all
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// As much of RFC 5321 as a well-behaved sender needs.
async fn converse(stream: TcpStream, kept: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    let mut recipient = String::new();
    writing.write_all(b"220 test\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "QUIT" => b"221 bye\r\n",
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await.ok()?;
                while lines.next_line().await.ok()?? != "." {}
                kept.lock().unwrap().push(std::mem::take(&mut recipient));
                b"250 kept\r\n"
            }
            "RCPT" => {
                recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                b"250 ok\r\n"
            }
            _ => b"250 ok\r\n",
        };
        writing.write_all(answer).await.ok()?;
    }
    Some(())
}
