//! The listener on the loopback address that the browser brings the answer to (RFC 8252 §7.3).

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};
use url::{Host, Url};

use super::{
    Ending,
    answer::{Answer, Expected},
};
use crate::kernel::{Error, secret::Secret};

/// How long a person may take to sign in.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long a browser may take to send the head of its request, and its largest size.
const HEAD_TIME: Duration = Duration::from_secs(10);
const LARGEST_HEAD: usize = 32 * 1024;

/// Listens where the answer will come.
pub(super) struct Listener {
    socket: TcpListener,
    redirect_uri: String,
    path: String,
}

/// An address that this machine can listen on: http, a loopback host, no fragment. The error is a clause.
pub(super) fn parse(text: &str) -> Result<Url, String> {
    let uri = Url::parse(text).map_err(|error| format!("is no URI: {error}"))?;
    let loopback = match uri.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let plain = uri.query().is_none() && uri.fragment().is_none() && uri.username().is_empty();
    if uri.scheme() == "http" && loopback && plain {
        return Ok(uri);
    }
    Err("must be an http address on this machine, such as http://127.0.0.1/callback".into())
}

impl Listener {
    /// Listens at the port of `uri`, or at a free one where it names none.
    pub(super) async fn open(mut uri: Url) -> Result<Self, Ending> {
        let host = match uri.host() {
            Some(Host::Ipv6(_)) => "::1",
            _ => "127.0.0.1",
        };
        let failed = |error| Ending::failed(format!("cannot listen for the answer at {host}"), error);
        let socket = TcpListener::bind((host, uri.port().unwrap_or(0))).await.map_err(failed)?;
        let port = socket.local_addr().map_err(failed)?.port();
        if uri.set_port(Some(port)).is_err() {
            return Err(Ending::Usage("The redirect URI takes no port.".into()));
        }
        Ok(Self { socket, path: uri.path().to_owned(), redirect_uri: uri.into() })
    }

    /// Where the answer goes, as it is sent to the issuer.
    pub(super) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the answer. Browsers open connections they do not use, so each is listened to by itself.
    pub(super) async fn answered(&self, expected: &Expected) -> Result<Secret, Ending> {
        let (found, mut finds) = mpsc::channel::<(String, TcpStream)>(8);
        let found = Arc::new(found);
        let listening = async {
            loop {
                tokio::select! {
                    accepted = self.socket.accept() => if let Ok((stream, _)) = accepted {
                        tokio::spawn(hear(stream, self.path.clone(), found.clone()));
                    },
                    Some((query, stream)) = finds.recv() => match expected.judge(&query) {
                        Answer::Foreign => say(stream, 400, "This is not the answer that signet login waits for.").await,
                        Answer::Refused(refusal) => {
                            say(stream, 200, "Signing in did not work. The terminal says why; this page can be closed.").await;
                            return Err(Ending::from(Error::from(refusal)));
                        }
                        Answer::Code(code) => {
                            say(stream, 200, "You are signed in. The terminal has the rest; this page can be closed.").await;
                            return Ok(code);
                        }
                    },
                }
            }
        };
        let late = |_| Err(Ending::Usage("Nobody signed in within ten minutes.".into()));
        timeout(PATIENCE, listening).await.unwrap_or_else(late)
    }
}

/// Reads one request. What is not for the redirect URI (an icon, say) is answered here.
async fn hear(mut stream: TcpStream, path: String, found: Arc<mpsc::Sender<(String, TcpStream)>>) {
    let Ok(Some(head)) = timeout(HEAD_TIME, head(&mut stream)).await else { return };
    match query(&head, &path) {
        Some(query) => drop(found.send((query.to_owned(), stream)).await), // else nobody waits any more
        None => say(stream, 404, "There is nothing here.").await,
    }
}

async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        let read = stream.read_buf(&mut bytes).await.ok()?;
        if read == 0 || bytes.len() > LARGEST_HEAD {
            return None;
        }
    }
    String::from_utf8(bytes).ok()
}

/// The query of a GET request for `path`.
fn query<'a>(head: &'a str, path: &str) -> Option<&'a str> {
    let target = head.lines().next()?.strip_prefix("GET ")?.split(' ').next()?;
    let (asked, query) = target.split_once('?').unwrap_or((target, ""));
    (asked == path).then_some(query)
}

/// Answers with one sentence. A browser that has gone misses nothing.
async fn say(mut stream: TcpStream, status: u16, sentence: &str) {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>signet login</title><p>{sentence}</p></html>\n"
    );
    let answer = format!(
        "HTTP/1.1 {status} -\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_listened_on() {
        for good in ["http://127.0.0.1/callback", "http://localhost:9601/cb", "http://[::1]/", "http://127.0.0.1"] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for bad in [
            "https://127.0.0.1/",
            "http://example.com/",
            "http://127.0.0.1/?a=b",
            "http://127.0.0.1/#a",
            "app:/cb",
            "x",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_query_belongs_to_the_path() {
        let head = |line: &str| format!("{line}\r\nHost: x\r\n\r\n");
        assert_eq!(query(&head("GET /cb?code=1&state=2 HTTP/1.1"), "/cb"), Some("code=1&state=2"));
        assert_eq!(query(&head("GET /cb HTTP/1.1"), "/cb"), Some(""));
        for other in ["GET /favicon.ico HTTP/1.1", "POST /cb?code=1 HTTP/1.1", "GET /cb/x HTTP/1.1", ""] {
            assert_eq!(query(&head(other), "/cb"), None, "{other}");
        }
    }

    #[tokio::test]
    async fn the_answer_is_found_among_other_requests() {
        let listener = Listener::open(parse("http://127.0.0.1/cb").unwrap()).await.unwrap();
        let address = listener.redirect_uri().trim_start_matches("http://").trim_end_matches("/cb").to_owned();
        let ask = async |target: &str| {
            let mut stream = TcpStream::connect(&address).await.unwrap();
            stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer.split(' ').nth(1).unwrap().to_owned()
        };
        let expected = Expected { state: Secret::new("s"), issuer: "https://id.example".into(), says_issuer: false };
        let browser = async {
            let _idle = TcpStream::connect(&address).await.unwrap();
            assert_eq!(ask("/favicon.ico").await, "404");
            assert_eq!(ask("/cb?code=forged&state=x").await, "400");
            assert_eq!(ask("/cb?code=good&state=s").await, "200");
        };
        let (code, ()) = tokio::join!(listener.answered(&expected), browser);
        assert_eq!(code.unwrap().expose(), "good");
    }
}
