//! HTTP/1.1 by hand: one request, one connection, and every way in which it can break told apart.

use std::time::Duration;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<(&'static str, String)>,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// Nobody listens: the client would turn to another node.
    Refused,
    /// The connection ended before a single byte of the answer.
    Unanswered(String),
    /// The answer ended before its end.
    Torn(String),
}

impl Ask {
    fn new(method: &'static str, path: &str) -> Self {
        Self { method, path: path.to_owned(), headers: Vec::new(), body: None }
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub fn post_json(path: &str, body: &Value) -> Self {
        Self { body: Some(("application/json", body.to_string())), ..Self::new("POST", path) }
    }

    pub fn post_form<N: AsRef<str>, V: AsRef<str>>(path: &str, form: &[(N, V)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        Self { body: Some(("application/x-www-form-urlencoded", body)), ..Self::new("POST", path) }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    fn text(&self, port: u16) -> String {
        let mut text =
            format!("{} {} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        match &self.body {
            Some((media, body)) => {
                text.push_str(&format!("Content-Type: {media}\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
            }
            None => text.push_str("\r\n"),
        }
        text
    }

    /// Asks the node at this port.
    pub async fn at(&self, port: u16) -> Result<Answer, Broken> {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else { return Err(Broken::Refused) };
        let mut bytes = Vec::new();
        let exchange = async {
            stream.write_all(self.text(port).as_bytes()).await?;
            stream.read_to_end(&mut bytes).await
        };
        let ended = timeout(PATIENCE, exchange).await;
        let why = match &ended {
            Ok(Ok(_)) => "closed".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        match Answer::read(&bytes) {
            Some(answer) => Ok(answer),
            None if bytes.is_empty() => Err(Broken::Unanswered(why)),
            None => Err(Broken::Torn(why)),
        }
    }
}

impl Answer {
    /// The answer, if all of it is there.
    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let headers = lines.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        let mut answer = Self { status, headers, body: bytes[end + 4..].to_vec() };
        match answer.header("content-length").parse::<usize>() {
            Ok(length) if answer.body.len() != length => return None,
            Ok(_) => {}
            Err(_) if answer.header("transfer-encoding") == "chunked" => answer.body = unchunked(&answer.body)?,
            Err(_) => {}
        }
        Some(answer)
    }

    /// The first value of a header; "" where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// Whether it says "not now" as it should: 503 and when to come again.
    pub fn is_sorry(&self) -> bool {
        self.status == 503 && self.header("retry-after").parse::<u32>().is_ok()
    }
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        let (chunk, after) = rest[end + 2..].split_at_checked(size)?;
        body.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n")?;
        if size == 0 {
            return Some(body);
        }
    }
}
