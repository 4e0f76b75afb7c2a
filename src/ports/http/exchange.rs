//! One request and its answer on one connection: to a judged address, with the host's certificate.

use std::{net::SocketAddr, time::Duration};

use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Request,
    body::{Bytes, Incoming},
    header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HOST, LOCATION, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use url::Url;

use super::{Answer, HttpError};
use crate::kernel::secret::Secret;

/// How long one address may take to accept a connection before the next one is tried.
const CONNECT: Duration = Duration::from_secs(2);

/// A question to one host.
pub(super) struct Asked<'a> {
    pub(super) url: &'a Url,
    pub(super) accept: &'a str,
    /// What is posted; reading otherwise.
    pub(super) posted: Option<Posted>,
    /// Headers that prove something, by name.
    pub(super) headers: &'a [(&'static str, &'a Secret)],
    /// Most bytes of the answer that are read.
    pub(super) most: usize,
}

/// What is posted.
pub(super) struct Posted {
    pub(super) media: &'static str,
    pub(super) text: String,
}

/// Asks, and answers with where a redirect leads, if it is one.
pub(super) async fn exchange(
    asked: &Asked<'_>,
    addresses: &[SocketAddr],
    tls: &TlsConnector,
) -> Result<(Answer, Option<String>), HttpError> {
    let stream = connect(addresses).await?;
    if asked.url.scheme() == "http" {
        return speak(asked, stream).await;
    }
    let host = asked.url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned()).map_err(unreachable)?;
    let stream = tls.connect(name, stream).await.map_err(unreachable)?;
    speak(asked, stream).await
}

async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, HttpError> {
    let mut trouble = HttpError::Unresolved;
    for address in addresses {
        match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => trouble = unreachable(error),
            Err(_) => trouble = HttpError::Late,
        }
    }
    Err(trouble)
}

async fn speak(
    asked: &Asked<'_>,
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) -> Result<(Answer, Option<String>), HttpError> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
    let connection = tokio::spawn(connection);
    let answered = async {
        let response = sender.send_request(request(asked)?).await.map_err(unreachable)?;
        let (head, body) = response.into_parts();
        let location = if head.status.is_redirection() { text(&head.headers, LOCATION.as_str()) } else { None };
        let answer = Answer {
            status: head.status.as_u16(),
            media: media(&head.headers),
            max_age: max_age(&head.headers),
            dpop_nonce: text(&head.headers, "dpop-nonce"),
            body: read(body, asked.most).await?,
        };
        Ok((answer, location))
    };
    let answered = answered.await;
    connection.abort();
    answered
}

fn request(asked: &Asked<'_>) -> Result<Request<Full<Bytes>>, HttpError> {
    let url = asked.url;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let request = Request::builder()
        .method(if asked.posted.is_some() { "POST" } else { "GET" })
        .uri(path)
        .header(HOST, host)
        .header(USER_AGENT, concat!("Signet/", env!("CARGO_PKG_VERSION")))
        .header(ACCEPT, asked.accept);
    let request = asked.headers.iter().fold(request, |request, (name, value)| request.header(*name, value.expose()));
    let request = match &asked.posted {
        Some(posted) => request.header(CONTENT_TYPE, posted.media),
        None => request,
    };
    let body = asked.posted.as_ref().map(|posted| posted.text.clone()).unwrap_or_default();
    request.body(Full::new(Bytes::from(body))).map_err(unreachable)
}

async fn read(mut body: Incoming, most: usize) -> Result<Vec<u8>, HttpError> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(unreachable)?;
        let Some(data) = frame.data_ref() else { continue }; // trailers
        if bytes.len() + data.len() > most {
            return Err(HttpError::TooLarge);
        }
        bytes.extend_from_slice(data);
    }
    Ok(bytes)
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn media(headers: &HeaderMap) -> String {
    let given = text(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// `max-age` of `Cache-Control` (RFC 9111 §5.2.2.1); zero where it must not be kept.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let given = text(headers, CACHE_CONTROL.as_str())?.to_ascii_lowercase();
    let mut directives = given.split(',').map(str::trim);
    if directives.clone().any(|directive| directive == "no-store" || directive == "no-cache") {
        return Some(Duration::ZERO);
    }
    let seconds = directives.find_map(|directive| directive.strip_prefix("max-age="))?;
    seconds.trim_matches('"').parse().ok().map(Duration::from_secs)
}

fn unreachable(error: impl std::fmt::Display) -> HttpError {
    HttpError::Unreachable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_an_answer_may_be_kept() {
        let age = |value: &'static str| max_age(&HeaderMap::from_iter([(CACHE_CONTROL, value.parse().unwrap())]));
        assert_eq!(age("public, max-age=300"), Some(Duration::from_secs(300)));
        assert_eq!(age("Max-Age=\"5\""), Some(Duration::from_secs(5)));
        assert_eq!(age("no-store, max-age=300"), Some(Duration::ZERO));
        assert_eq!(age("private"), None);
        assert_eq!(age("max-age=-1"), None);
        assert_eq!(max_age(&HeaderMap::new()), None);
    }

    #[test]
    fn the_request_names_host_and_path_only() {
        let url = Url::parse("https://shop.example.test:8443/a/b?c=d#secret").unwrap();
        let asked = Asked { url: &url, accept: "application/json", posted: None, headers: &[], most: 1 };
        let request = request(&asked).unwrap();
        assert_eq!(request.uri(), "/a/b?c=d");
        assert_eq!(request.headers()[HOST], "shop.example.test:8443");
        assert!(!request.headers().contains_key("referer") && !request.headers().contains_key("cookie"));
    }
}
