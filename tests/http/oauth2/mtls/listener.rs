//! Signet's own listener: real TLS handshakes by OpenSSL, in which clients are asked for certificates.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode, SslVersion};
use signet::{
    config::{Certificates, Setting},
    domain::clients::GrantType,
    web::server::{self, Door, Tls},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::world::{Authority, HOST, Identity, World};

/// A service with both listeners.
struct Listening {
    world: World,
    authority: Authority,
    main: SocketAddr,
    asking: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Listening {
    async fn start() -> Self {
        let authority = Authority::new(signet::kernel::Clock::System.now().timestamp());
        let listeners =
            [TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap()];
        let [main, asking] = [&listeners[0], &listeners[1]].map(|listener| listener.local_addr().unwrap());
        let world = World::configured(|config| {
            config.mtls.listen = Some(asking);
            config.mtls.url = Some(Setting::parse(&format!("https://{HOST}:8443")).unwrap());
            config.mtls.trust_anchors = Some(Certificates::parse(&authority.pem()).unwrap());
        })
        .await;
        let files = tempfile::tempdir().unwrap();
        let own = world
            .wanted()
            .named(|names| {
                names.dns(HOST);
            })
            .self_signed();
        let (chain, key) = (files.path().join("cert.pem"), files.path().join("key.pem"));
        fs::write(&chain, own.certificate.to_pem().unwrap()).unwrap();
        fs::write(&key, own.key.private_key_to_pem_pkcs8().unwrap()).unwrap();
        let [first, second] = listeners;
        let door = Door::new(first, Some(Tls::open(&chain, &key).unwrap())).asking_at(second).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let app = world.app.clone();
        let serving = tokio::spawn(async move {
            let _files = files;
            server::serve(app, door, async { drop(stopped.await) }).await;
        });
        Self { world, authority, main, asking, stop, serving }
    }
}

/// One request over a connection that is made with this certificate: the status, and the body.
async fn say(address: SocketAddr, identity: Option<&Identity>, version: SslVersion, request: String) -> (u16, String) {
    let identity = identity.cloned();
    let saying = move || {
        let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
        builder.set_verify(SslVerifyMode::NONE);
        builder.set_min_proto_version(Some(version)).unwrap();
        builder.set_max_proto_version(Some(version)).unwrap();
        if let Some(Identity { key, certificate }) = &identity {
            builder.set_certificate(certificate).unwrap();
            builder.set_private_key(key).unwrap();
        }
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut stream = builder.build().connect(HOST, stream).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer); // however it closes, the answer counts
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {answer}")).parse().unwrap();
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    };
    tokio::task::spawn_blocking(saying).await.unwrap()
}

fn posted(path: &str, body: &str, more: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: {HOST}:8443\r\nConnection: close\r\n{more}\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn looked_at(path: &str, more: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {HOST}:8443\r\nConnection: close\r\n{more}\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_known_by_the_certificate_of_its_connection() {
    let service = Listening::start().await;
    let (world, authority) = (&service.world, &service.authority);
    let worker =
        world.client("worker").grants(&[GrantType::ClientCredentials]).scope("jobs").by_subject().create().await;
    let body = format!("grant_type=client_credentials&client_id={}", worker.id);
    let request = || posted("/oauth2/token", &body, "");
    let identity = authority.issues(world.wanted());
    for version in [SslVersion::TLS1_3, SslVersion::TLS1_2] {
        let (status, answer) = say(service.asking, Some(&identity), version, request()).await;
        assert_eq!(status, 200, "{answer}");
        // Nobody is asked at the main one, and whoever has none is served all the same.
        assert_eq!(say(service.main, Some(&identity), version, request()).await.0, 401);
        assert_eq!(say(service.asking, None, version, request()).await.0, 401);
        for bad in [
            world.wanted().self_signed(),
            Authority::new(world.now().timestamp()).issues(world.wanted()),
            authority.issues(world.wanted().lasting(-100, -1)),
            authority.issues(world.wanted().lasting(60, 100)),
            authority.issues(world.wanted().of_server()),
        ] {
            assert_eq!(say(service.asking, Some(&bad), version, request()).await.0, 401);
        }
    }
    // What somebody writes into a header is nothing here.
    for (name, value) in [("X-Client-Cert", identity.escaped()), ("Client-Cert", identity.byte_sequence())] {
        let request = posted("/oauth2/token", &body, &format!("{name}: {value}\r\n"));
        assert_eq!(say(service.asking, None, SslVersion::TLS1_3, request).await.0, 401);
    }
    service.stop.send(()).unwrap();
    service.serving.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_bound_to_the_certificate_of_the_connection() {
    let service = Listening::start().await;
    let world = &service.world;
    let alice = world.person("alice").verified().await;
    let app = world.client("app").public().certificate_bound().first_party().create().await;
    let (mine, other) = (world.wanted().self_signed(), world.wanted().self_signed());
    let code = alice.browser().authorize(&app).await.sign_in().await.code();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &app.id),
        ("code", &code),
        ("redirect_uri", &app.redirect_uri),
        ("code_verifier", &app.verifier),
    ];
    let body = crate::world::query(&form);
    let (status, answer) = say(service.main, Some(&mine), SslVersion::TLS1_3, posted("/oauth2/token", &body, "")).await;
    assert_eq!(status, 400, "{answer}");
    let (status, answer) =
        say(service.asking, Some(&mine), SslVersion::TLS1_3, posted("/oauth2/token", &body, "")).await;
    assert_eq!(status, 200, "{answer}");
    let tokens: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(world.jwks().await.verify(token).claims["cnf"]["x5t#S256"], mine.x5t());
    let ask = || looked_at("/oauth2/userinfo", &format!("Authorization: Bearer {token}\r\n"));
    assert_eq!(say(service.asking, Some(&mine), SslVersion::TLS1_3, ask()).await.0, 200);
    assert_eq!(say(service.asking, Some(&other), SslVersion::TLS1_3, ask()).await.0, 401);
    assert_eq!(say(service.asking, None, SslVersion::TLS1_3, ask()).await.0, 401);
    assert_eq!(say(service.main, Some(&mine), SslVersion::TLS1_3, ask()).await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_at_the_main_listener_alone() {
    let service = Listening::start().await;
    for (address, path, status) in [
        (service.main, "/login", 200),
        (service.asking, "/login", 421),
        (service.asking, "/", 421),
        (service.asking, "/oauth2/jwks", 200),
        (service.asking, "/health/live", 200),
    ] {
        assert_eq!(say(address, None, SslVersion::TLS1_3, looked_at(path, "")).await.0, status, "{path}");
    }
}
