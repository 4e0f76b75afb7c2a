//! `signet login`: the whole sign-in from a terminal, with the real command, a listening service and a browser in between.

#[allow(dead_code, unused_imports)] // the faults use more of it
#[path = "../faults/world/mod.rs"]
pub mod servers;

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::Child,
};

use serde_json::Value;
use servers::{Ask, Node, Person, sign_in, sign_in_device};
use url::Url;

/// A login under way: the command waits for the browser.
struct Waiting {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    address: Url,
}

/// Starts the command and reads the address that it wants opened.
fn login(node: &Node, arguments: &[&str], input: &str) -> Waiting {
    begin(node, &[&["--no-browser"], arguments].concat(), input)
}

#[allow(clippy::zombie_processes)] // `Waiting::ended` waits for it
fn begin(node: &Node, arguments: &[&str], input: &str) -> Waiting {
    let mut child = node.later(&[&["login"], arguments].concat()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    loop {
        let mut line = String::new();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended early: {said}");
        if let Ok(address) = Url::parse(line.trim()) {
            return Waiting { child, stderr, address };
        }
        said.push_str(&line);
    }
}

impl Waiting {
    /// What the address asks for.
    fn asks(&self, name: &str) -> String {
        self.address.query_pairs().find(|(found, _)| found == name).unwrap().1.into_owned()
    }

    fn request(&self) -> String {
        format!("{}?{}", self.address.path(), self.address.query().unwrap())
    }

    /// The code that is to be entered at the address, and the rest of what is shown until the command waits.
    fn shows(&mut self) -> (String, String) {
        let (mut code, mut shown) = (String::new(), String::new());
        while !shown.contains("Waiting") {
            let mut line = String::new();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "it ended early: {shown}");
            let typed = line.trim();
            if typed.len() == 9 && typed.as_bytes()[4] == b'-' {
                code = typed.to_owned();
            }
            shown.push_str(&line);
        }
        (code, shown)
    }

    /// Waits for the end: exit status, standard output, the rest of the standard error output.
    fn ended(mut self) -> (i32, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        self.stderr.read_to_string(&mut err).unwrap();
        (self.child.wait().unwrap().code().unwrap(), out, err)
    }
}

/// The browser brings the answer.
async fn bring(to: &Url) -> u16 {
    Ask::get(&format!("{}?{}", to.path(), to.query().unwrap())).at(to.port().unwrap()).await.unwrap().status
}

fn client(node: &Node, arguments: &[&str]) -> (String, String) {
    let made = node.command(&[&["client", "create", "--name", "terminal", "--first-party"], arguments].concat(), "");
    let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
    (text("client_id"), text("client_secret"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_native_client_signs_in_and_shows_its_tokens_decoded() {
    let node = Node::start(&[]).await;
    let email = Person::create(&node, "alice");
    let native = ["--public", "--application-type", "native", "--redirect-uri", "http://127.0.0.1/cb"];
    let (id, _) = client(&node, &native);

    let waiting = login(&node, &["--client-id", &id, "--json"], "");
    assert_eq!((waiting.asks("code_challenge_method"), waiting.asks("response_type")), ("S256".into(), "code".into()));
    let to = sign_in(node.port, &waiting.request(), &email, "allow").await;
    assert_eq!(to.path(), "/cb", "the registration says where");
    // Another page of this machine guesses: it is not believed, and the real answer is still waited for.
    let mut forged = to.clone();
    forged.set_query(Some("code=forged&state=guessed"));
    assert_eq!(bring(&forged).await, 400);
    assert_eq!(bring(&to).await, 200);
    let (status, out, _) = waiting.ended();
    assert_eq!(status, 0, "{out}");
    let shown: Value = serde_json::from_str(&out).unwrap();
    let (id_token, access_token) = (&shown["id_token"], &shown["access_token"]);
    assert_eq!(id_token["claims"]["aud"], id);
    assert_eq!(id_token["claims"]["sub"], access_token["claims"]["sub"]);
    assert_eq!((&id_token["header"]["alg"], &access_token["header"]["typ"]), (&"RS256".into(), &"at+jwt".into()));
    assert_eq!(shown["tokens"]["token_type"], "Bearer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confidential_client_gives_its_secret_at_the_standard_input() {
    let node = Node::start(&[]).await;
    let email = Person::create(&node, "alice");
    for method in ["client_secret_basic", "client_secret_post"] {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let redirect_uri = format!("http://127.0.0.1:{port}/cb");
        let (id, secret) = client(&node, &["--redirect-uri", &redirect_uri, "--auth-method", method]);
        let waiting = login(&node, &["--client-id", &id, "--client-secret-stdin"], &format!("{secret}\n"));
        assert_eq!(waiting.asks("redirect_uri"), redirect_uri);
        let to = sign_in(node.port, &waiting.request(), &email, "allow").await;
        assert_eq!(bring(&to).await, 200);
        let (status, out, _) = waiting.ended();
        assert_eq!(status, 0, "{method}: {out}");
        assert!(out.starts_with("Signed in at http://localhost:") && out.contains("ID token, verified"), "{out}");
        assert!(!out.contains("eyJ"), "people see claims, and no token: {out}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_said() {
    let node = Node::start(&[]).await;
    let email = Person::create(&node, "alice");
    let native = ["--public", "--application-type", "native", "--redirect-uri", "http://127.0.0.1/cb"];
    let (id, _) = client(&node, &native);
    let waiting = login(&node, &["--client-id", &id], "");
    let to = sign_in(node.port, &waiting.request(), &email, "deny").await;
    assert_eq!(bring(&to).await, 200);
    let (status, _, err) = waiting.ended();
    assert!(status == 1 && err.contains("access_denied"), "{status} {err}");
    // Somebody who holds the browser brings the answer of another issuer (RFC 9207).
    let waiting = login(&node, &["--client-id", &id], "");
    let mut to = sign_in(node.port, &waiting.request(), &email, "allow").await;
    let pairs: Vec<(String, String)> = to.query_pairs().into_owned().collect();
    to.query_pairs_mut().clear().extend_pairs(
        pairs
            .iter()
            .map(|(name, value)| (name.as_str(), if name == "iss" { "https://evil.test" } else { value.as_str() })),
    );
    assert_eq!(bring(&to).await, 200);
    let (status, _, err) = waiting.ended();
    assert!(status == 1 && err.contains("another issuer"), "{status} {err}");
    // Nobody answers as that issuer.
    let output = node.later(&["login", "--client-id", &id, "--issuer", "http://localhost:9", "--no-browser"]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_the_terminal_in_on_another_device() {
    let node = Node::start(&[("SIGNET_TOKENS__DEVICE_POLL_INTERVAL", "1s")]).await;
    let email = Person::create(&node, "alice");
    let made = node.command(&["client", "create", "--name", "terminal", "--profile", "device"], "");
    let id = made["client_id"].as_str().unwrap();
    let mut waiting = begin(&node, &["--client-id", id, "--device", "--json"], "");
    assert_eq!(waiting.address.path(), "/device");
    let (code, shown) = waiting.shows();
    assert!(shown.lines().filter(|line| line.contains('█')).count() > 10, "a QR code: {shown}");
    sign_in_device(node.port, &code, &email, "allow").await;
    let (status, out, err) = waiting.ended();
    assert_eq!(status, 0, "{err}");
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(shown["id_token"]["claims"]["aud"], id);
    assert_eq!(shown["tokens"]["scope"], "email openid profile");

    let mut waiting = begin(&node, &["--client-id", id, "--device"], "");
    let (code, _) = waiting.shows();
    sign_in_device(node.port, &code, &email, "deny").await;
    let (status, _, err) = waiting.ended();
    assert!(status == 1 && err.contains("access_denied"), "{status} {err}");

    // With a key of the terminal's own: every question has a proof, and what comes is bound.
    let mut waiting = begin(&node, &["--client-id", id, "--device", "--dpop", "--json"], "");
    let (code, _) = waiting.shows();
    sign_in_device(node.port, &code, &email, "allow").await;
    let (status, out, err) = waiting.ended();
    assert_eq!(status, 0, "{err}");
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(shown["tokens"]["token_type"], "DPoP");
    assert!(shown["access_token"]["claims"]["cnf"]["jkt"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_key_of_its_own_the_tokens_are_bound() {
    for nonces in ["false", "true"] {
        let node = Node::start(&[("SIGNET_DPOP__NONCES", nonces)]).await;
        let email = Person::create(&node, "alice");
        let native =
            ["--public", "--application-type", "native", "--redirect-uri", "http://127.0.0.1/cb", "--dpop-bound"];
        let (id, _) = client(&node, &native);
        let waiting = login(&node, &["--client-id", &id, "--dpop", "--json"], "");
        let key = waiting.asks("dpop_jkt");
        let to = sign_in(node.port, &waiting.request(), &email, "allow").await;
        assert_eq!(bring(&to).await, 200);
        let (status, out, err) = waiting.ended();
        assert_eq!(status, 0, "{out} {err}");
        let shown: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(shown["tokens"]["token_type"], "DPoP");
        assert_eq!(shown["access_token"]["claims"]["cnf"]["jkt"], key);
    }
}
