//! The web site of an application, which the service fetches documents from. A port of this machine that the system chose;
//! worlds reach it with `config.http.allow_private_targets`.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

/// A running site; gone when it is dropped.
pub struct Site {
    address: SocketAddr,
    served: Arc<Mutex<Served>>,
    running: AbortHandle,
}

#[derive(Default)]
struct Served {
    /// Status, further header lines and body, by path.
    documents: BTreeMap<String, (u16, String, String)>,
    asked: Vec<String>,
}

impl Site {
    /// A site without documents: everything is 404.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let served = Arc::new(Mutex::new(Served::default()));
        let running = tokio::spawn(serve(listener, served.clone())).abort_handle();
        Self { address, served, running }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Puts a document there, or another status.
    pub fn put(&self, path: &str, status: u16, body: &str) {
        self.answer(path, status, &[], body);
    }

    /// Puts a JSON document there, with its type and how long it may be kept.
    pub fn publish(&self, path: &str, document: &Value, caching: &str) {
        self.answer(
            path,
            200,
            &[("content-type", "application/json"), ("cache-control", caching)],
            &document.to_string(),
        );
    }

    /// Answers there with these headers, too.
    pub fn answer(&self, path: &str, status: u16, headers: &[(&str, &str)], body: &str) {
        let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        self.served.lock().unwrap().documents.insert(path.into(), (status, lines, body.into()));
    }

    /// The paths that were asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.served.lock().unwrap().asked.clone()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn serve(listener: TcpListener, served: Arc<Mutex<Served>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        answer(stream, &served).await;
    }
}

async fn answer(mut stream: TcpStream, served: &Mutex<Served>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return, // hung up
        }
    }
    let request = String::from_utf8(request).unwrap();
    let path = request.split(' ').nth(1).unwrap().to_owned();
    let (status, lines, body) = {
        let mut served = served.lock().unwrap();
        served.asked.push(path.clone());
        served.documents.get(&path).cloned().unwrap_or((404, String::new(), String::new()))
    };
    let length = body.len();
    let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: {length}\r\n{lines}connection: close\r\n\r\n{body}");
    let _ = stream.write_all(answer.as_bytes()).await; // whoever asked may have hung up
}
