//! Connections themselves: heads that are too large, too slow or no HTTP at all, and a shutdown that drains.

use std::{net::SocketAddr, time::Duration};

use signet::{config::Span, web::server};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use crate::world::World;

/// A service at a port that the system chose.
struct Listening {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

async fn listening() -> Listening {
    let world = World::configured(|config| {
        config.server.header_timeout = Span::secs(1);
        config.server.write_timeout = Span::secs(1);
        config.server.max_connections = 8;
    })
    .await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let app = world.app.clone();
    let serving = tokio::spawn(async move {
        let _world = world; // its database lives as long
        server::serve(app, listener, async { drop(stopped.await) }).await;
    });
    Listening { address, stop, serving }
}

impl Listening {
    /// Sends bytes and reads until the service closes.
    async fn ask(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let _ = stream.write_all(bytes).await; // it may close before everything is written
        let mut answer = Vec::new();
        let _ = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.expect("it does not close");
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn get(&self, headers: &str) -> String {
        self.ask(
            format!("GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").as_bytes(),
        )
        .await
    }
}

fn status(answer: &str) -> &str {
    answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).unwrap_or(answer)
}

#[tokio::test]
async fn heads_of_usual_size_are_read_and_huge_ones_are_not() {
    let service = listening().await;
    assert_eq!(status(&service.get("").await), "200");
    assert_eq!(status(&service.get(&format!("Cookie: {}\r\n", "a".repeat(8_000))).await), "200");
    for huge in [format!("Cookie: {}\r\n", "a".repeat(100_000)), "X-A: b\r\n".repeat(200)] {
        assert_eq!(status(&service.get(&huge).await), "431");
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "a".repeat(20_000));
    assert_eq!(status(&service.ask(long.as_bytes()).await), "414");
    assert_eq!(status(&service.get("").await), "200");
}

#[tokio::test]
async fn what_is_no_http_ends_the_connection() {
    let service = listening().await;
    let bad: [&[u8]; 6] = [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nBad Header: x\r\n\r\n",
        b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        // Two lengths: what one reader takes for the body is another's next request.
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    ];
    for bytes in bad {
        let answer = service.ask(bytes).await;
        assert!(answer.is_empty() || status(&answer) == "400", "{:?}: {answer}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(status(&service.get("").await), "200");
}

#[tokio::test]
async fn whoever_is_slow_to_ask_is_cut_off() {
    let service = listening().await;
    for begun in ["", "G", "GET /robots.txt HTTP/1.1\r\nHost: loc"] {
        let answer = service.ask(begun.as_bytes()).await;
        assert!(answer.is_empty() || status(&answer) == "408", "{begun:?}: {answer}");
    }
}

#[tokio::test]
async fn whoever_does_not_read_is_cut_off() {
    let service = listening().await;
    let mut deaf = Vec::new();
    for _ in 0..8 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let mut stream = socket.connect(service.address).await.unwrap();
        // Asks until nothing more is taken: the service is stuck with answers that nobody reads.
        let asked = b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
        while let Ok(written) = timeout(Duration::from_millis(300), stream.write_all(&asked)).await {
            if written.is_err() {
                break; // it is cut off already
            }
        }
        deaf.push(stream);
    }
    // Every seat is taken: whoever comes now is answered because one of them has to leave.
    assert_eq!(status(&timeout(Duration::from_secs(20), service.get("")).await.unwrap()), "200");
}

#[tokio::test]
async fn at_shutdown_what_was_asked_is_answered_and_nothing_more_is_taken() {
    let service = listening().await;
    let mut open = TcpStream::connect(service.address).await.unwrap();
    // Half a body: the request is under way.
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{";
    open.write_all(head.as_bytes()).await.unwrap();
    let mut other = TcpStream::connect(service.address).await.unwrap();
    other.write_all(b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    other.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    service.stop.send(()).unwrap();
    // The idle connection is closed, the busy one is not.
    let mut rest = Vec::new();
    timeout(Duration::from_secs(5), other.read_to_end(&mut rest)).await.unwrap().unwrap();
    open.write_all(b"}").await.unwrap();
    let mut answer = Vec::new();
    timeout(Duration::from_secs(5), open.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert_eq!(status(&String::from_utf8_lossy(&answer)), "422");
    timeout(Duration::from_secs(5), service.serving).await.unwrap().unwrap();
    assert!(TcpStream::connect(service.address).await.is_err());
}
