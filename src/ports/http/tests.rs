//! The client against a server of the test's own, on loopback.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// A server that answers each connection with the next of these texts (the last one again and again), and how often it was
/// asked.
async fn server(answers: Vec<String>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let nth = count.fetch_add(1, Ordering::SeqCst);
            let answer = answers.get(nth).or(answers.last()).cloned().unwrap_or_default();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (port, asked)
}

fn text(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn client(private: bool) -> Http {
    let settings =
        HttpSettings { allow_private_targets: private, extra_ca: None, timeout: Duration::from_secs(2), most: 1000 };
    Http::open(settings).unwrap()
}

#[tokio::test]
async fn an_answer_is_read_with_its_type_and_age() {
    let headers = "Content-Type: Application/JSON; charset=utf-8\r\nCache-Control: max-age=60\r\n";
    let (port, _) = server(vec![text("200 OK", headers, "{}")]).await;
    let answer = client(true).fetch(&format!("http://127.0.0.1:{port}/"), "application/json").await.unwrap();
    let expected = (200, "application/json", Some(Duration::from_secs(60)), b"{}".as_slice());
    assert_eq!((answer.status, answer.media.as_str(), answer.max_age, answer.body.as_slice()), expected);
}

#[tokio::test]
async fn nothing_inside_is_asked() {
    let (port, asked) = server(vec![text("200 OK", "", "secret")]).await;
    for url in [format!("https://127.0.0.1:{port}/"), format!("https://localhost:{port}/")] {
        assert_eq!(client(false).fetch(&url, "*/*").await, Err(HttpError::Refused(Refused::Private)), "{url}");
        assert_eq!(client(false).post_form(&url, &[]).await, Err(HttpError::Refused(Refused::Private)), "{url}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn every_redirect_is_judged_and_their_number_is_bounded() {
    let (port, _) = server(vec![text("302 Found", "Location: /next\r\n", ""), text("200 OK", "", "here")]).await;
    let answer = client(true).fetch(&format!("http://127.0.0.1:{port}/"), "*/*").await.unwrap();
    assert_eq!(answer.body, b"here");

    let (port, asked) = server(vec![text("302 Found", "Location: /again\r\n", "")]).await;
    assert_eq!(client(true).fetch(&format!("http://127.0.0.1:{port}/"), "*/*").await, Err(HttpError::Lost));
    assert_eq!(asked.load(Ordering::SeqCst), REDIRECTS + 1);

    for elsewhere in ["http://10.0.0.1/", "file:///etc/passwd", "http://shop.example.test/"] {
        let (port, _) = server(vec![text("302 Found", &format!("Location: {elsewhere}\r\n"), "")]).await;
        let refused = client(true).fetch(&format!("http://127.0.0.1:{port}/"), "*/*").await;
        assert!(matches!(refused, Err(HttpError::Refused(_))), "{elsewhere}: {refused:?}");
    }
}

#[tokio::test]
async fn what_is_posted_is_not_sent_on() {
    let (port, asked) = server(vec![text("307 Temporary Redirect", "Location: /elsewhere\r\n", "")]).await;
    let answer = client(true).post_form(&format!("http://127.0.0.1:{port}/"), &[("a", "b c")]).await.unwrap();
    assert_eq!((answer.status, asked.load(Ordering::SeqCst)), (307, 1));
}

#[tokio::test]
async fn size_and_time_are_bounded() {
    let (port, _) = server(vec![text("200 OK", "", &"x".repeat(1001))]).await;
    assert_eq!(client(true).fetch(&format!("http://127.0.0.1:{port}/"), "*/*").await, Err(HttpError::TooLarge));
    // Says that more is to come, and keeps the connection open.
    let (port, _) = server(vec!["HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nslow".into()]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = listener.local_addr().unwrap().port();
    let impatient = Http::open(HttpSettings { timeout: Duration::from_millis(100), ..client(true).settings }).unwrap();
    assert_eq!(impatient.fetch(&format!("http://127.0.0.1:{silent}/"), "*/*").await, Err(HttpError::Late));
    assert!(impatient.fetch(&format!("http://127.0.0.1:{port}/"), "*/*").await.is_err());
}

#[tokio::test]
async fn a_host_that_fails_is_left_alone() {
    let (port, asked) = server(vec![text("500 Internal Server Error", "", "")]).await;
    let client = client(true);
    let url = format!("http://127.0.0.1:{port}/");
    let mut outcomes = Vec::new();
    for _ in 0..8 {
        outcomes.push(client.fetch(&url, "*/*").await);
    }
    assert!(matches!(&outcomes[0], Ok(answer) if answer.status == 500));
    assert_eq!(outcomes[7], Err(HttpError::LeftAlone));
    assert_eq!(asked.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn extra_certificates_have_to_be_certificates() {
    let settings = |pem: &str| HttpSettings { extra_ca: Some(pem.into()), ..client(true).settings };
    let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(Http::open(settings(bad)).is_err());
}
