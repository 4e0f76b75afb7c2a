//! The queue against a mail server that takes, refuses and goes away.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU16, Ordering},
};

use chrono::TimeDelta;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::{
    app::{App, Cx, Guard, Letter, Message, Operation},
    config::{Config, Setting, SmtpUrl},
    domain::testing::World,
    kernel::{Caller, Clock, Result, Tenant, email::Email},
};

/// A mail server: answers every letter with one status, and keeps what it took.
#[derive(Clone)]
struct Server {
    port: u16,
    status: Arc<AtomicU16>,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            status: Arc::new(AtomicU16::new(250)),
            taken: Arc::default(),
        };
        let listening = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(listening.clone().converse(stream));
            }
        });
        server
    }

    async fn converse(self, stream: TcpStream) {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 test\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = match line.split(' ').next().unwrap_or_default() {
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await.unwrap();
                    let mut letter = String::new();
                    while let Ok(Some(line)) = lines.next_line().await
                        && line != "."
                    {
                        letter.push_str(&line);
                        letter.push('\n');
                    }
                    let status = self.status.load(Ordering::SeqCst);
                    if status == 250 {
                        self.taken.lock().unwrap().push(letter);
                    }
                    format!("{status} so be it\r\n")
                }
                _ => "250 fine\r\n".to_owned(),
            };
            if write.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }
}

struct Enqueue(usize);

impl Operation for Enqueue {
    type Output = ();
    const NAME: &'static str = "test.enqueue";
    const GUARD: Guard = Guard::Service;

    async fn run(self, cx: &mut Cx) -> Result<()> {
        let tx = cx.begin().await?;
        for number in 0..self.0 {
            tx.send(Message {
                letter: Letter::ResetPassword,
                to: Email::parse(&format!("user{number}@example.test")).unwrap(),
                user: None,
                context: json!({ "link": "https://id.example.test/r", "expires": { "words": "in 30 minutes" } }),
            });
        }
        Ok(())
    }
}

/// A service that sends to `port`, on the world's database.
struct Sender {
    app: Arc<App>,
    tenant: Arc<Tenant>,
    post: Arc<Post>,
}

impl Sender {
    async fn new(world: &World, port: u16) -> Self {
        let mut config: Config = world.app.config.clone();
        config.smtp_url = Some(SmtpUrl::parse(&format!("smtp://127.0.0.1:{port}?tls=none")).unwrap());
        config.mail.attempts = 3;
        let post = Arc::new(Post::open(&config).unwrap().unwrap());
        let master = keys::MasterKeys::parse(&keys::MasterKeys::generate().unwrap()).unwrap();
        let app = Arc::new(App::open(config, Clock::shifted(), master).await.unwrap());
        Self { app, tenant: world.tenant.clone(), post }
    }

    async fn perform<O: Operation>(&self, operation: O) -> O::Output {
        self.app.perform(Caller::job(self.tenant.clone()), operation).await.unwrap()
    }

    async fn send(&self) -> (u32, u32, u32) {
        let result = self.perform(SendDue { post: self.post.clone() }).await;
        (result.sent, result.postponed, result.failed)
    }
}

#[tokio::test]
async fn a_queued_mail_is_written_and_sent_once() {
    let (world, server) = (World::start().await, Server::start().await);
    let sender = Sender::new(&world, server.port).await;
    sender.perform(Enqueue(1)).await;
    assert_eq!(sender.send().await, (1, 0, 0));
    assert_eq!(sender.send().await, (0, 0, 0));
    let [letter] = &server.taken()[..] else { panic!("one letter") };
    for part in
        ["Subject: Choose a new password for Signet", "To: user0@example.test", "Message-ID: <mal_", "text/html"]
    {
        assert!(letter.contains(part), "{part} in {letter}");
    }
    assert!(letter.contains("https://id.example.test/r"));
}

#[tokio::test]
async fn two_nodes_send_each_mail_once() {
    let (world, server) = (World::start().await, Server::start().await);
    let sender = Sender::new(&world, server.port).await;
    sender.perform(Enqueue(30)).await;
    let (one, other) = tokio::join!(sender.send(), sender.send());
    assert_eq!(one.0 + other.0, 30);
    assert_eq!(server.taken().len(), 30);
}

#[tokio::test]
async fn a_mail_that_is_not_taken_comes_again_later() {
    let (world, server) = (World::start().await, Server::start().await);
    let sender = Sender::new(&world, server.port).await;
    sender.perform(Enqueue(1)).await;
    server.answers(451);
    assert_eq!(sender.send().await, (0, 1, 0));
    assert_eq!(sender.send().await, (0, 0, 0), "not before its time");
    server.answers(250);
    sender.app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(sender.send().await, (1, 0, 0));
    assert_eq!(server.taken().len(), 1);
}

#[tokio::test]
async fn a_mail_is_given_up_at_once_or_after_its_attempts() {
    let (world, server) = (World::start().await, Server::start().await);
    let sender = Sender::new(&world, server.port).await;
    sender.perform(Enqueue(1)).await;
    server.answers(550);
    assert_eq!(sender.send().await, (0, 0, 1));
    server.answers(451);
    sender.perform(Enqueue(1)).await;
    for expected in [(0, 1, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)] {
        assert_eq!(sender.send().await, expected);
        sender.app.clock.advance(TimeDelta::hours(1));
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_not_asked_for_every_mail() {
    let world = World::start().await;
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let sender = Sender::new(&world, gone).await;
    sender.perform(Enqueue(50)).await;
    let (sent, postponed, failed) = sender.send().await;
    assert_eq!((sent, failed), (0, 0));
    assert!((1..=8).contains(&postponed), "{postponed}");
}
