//! TLS by Signet itself, judged by OpenSSL: versions, cipher suites, HTTP over it, and certificates that change.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use openssl::{
    asn1::Asn1Time,
    bn::BigNum,
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    rsa::Rsa,
    ssl::{SslConnector, SslMethod, SslStream, SslVerifyMode, SslVersion},
    x509::{X509, X509NameBuilder, extension::SubjectAlternativeName},
};
use signet::{
    config::Span,
    web::server::{self, Door, Tls},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::world::{HOST, World};

/// A certificate's two files in a directory of their own.
struct Files {
    directory: tempfile::TempDir,
}

impl Files {
    fn new(key: &PKey<Private>) -> Self {
        let files = Self { directory: tempfile::tempdir().unwrap() };
        files.write(&certificate(key, 1), key);
        files
    }

    fn chain(&self) -> PathBuf {
        self.directory.path().join("cert.pem")
    }

    fn key(&self) -> PathBuf {
        self.directory.path().join("key.pem")
    }

    fn write(&self, certificate: &X509, key: &PKey<Private>) {
        fs::write(self.chain(), certificate.to_pem().unwrap()).unwrap();
        fs::write(self.key(), key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    }
}

fn ec_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

/// A self-signed certificate for the host of every world.
fn certificate(key: &PKey<Private>, serial: u32) -> X509 {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, HOST).unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(serial).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    let names = SubjectAlternativeName::new().dns(HOST).build(&builder.x509v3_context(None, None)).unwrap();
    builder.append_extension(names).unwrap();
    builder.sign(key, MessageDigest::sha256()).unwrap();
    builder.build()
}

struct Listening {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

async fn listening(files: &Files, patience: Span) -> Listening {
    let world = World::configured(|config| config.server.header_timeout = patience).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let door = Door::new(listener, Some(Tls::open(&files.chain(), &files.key()).unwrap()));
    let (stop, stopped) = oneshot::channel::<()>();
    let app = world.app.clone();
    let serving = tokio::spawn(async move {
        let _world = world; // its database lives as long
        server::serve(app, door, async { drop(stopped.await) }).await;
    });
    Listening { address, stop, serving }
}

/// What a client offers.
#[derive(Default, Clone, Copy)]
struct Offer {
    version: Option<SslVersion>,
    /// Of TLS 1.2, in OpenSSL's names.
    ciphers: Option<&'static str>,
    /// Of TLS 1.3.
    suites: Option<&'static str>,
    alpn: Option<&'static [u8]>,
}

/// A TLS connection by OpenSSL.
async fn connect(address: SocketAddr, offer: Offer) -> Result<SslStream<TcpStream>, String> {
    let dial = move || {
        let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
        builder.set_verify(SslVerifyMode::NONE); // the tests look at the certificate themselves
        builder.set_min_proto_version(offer.version).unwrap();
        builder.set_max_proto_version(offer.version).unwrap();
        // OpenSSL itself would not offer old things at its usual level of security.
        builder.set_cipher_list(&format!("{}:@SECLEVEL=0", offer.ciphers.unwrap_or("ALL"))).unwrap();
        if let Some(suites) = offer.suites {
            builder.set_ciphersuites(suites).unwrap();
        }
        if let Some(alpn) = offer.alpn {
            builder.set_alpn_protos(alpn).unwrap();
        }
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        builder.build().connect(HOST, stream).map_err(|error| error.to_string())
    };
    tokio::task::spawn_blocking(dial).await.unwrap()
}

async fn ask(mut stream: SslStream<TcpStream>) -> String {
    let asking = move || {
        let request = format!("GET /robots.txt HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer); // however it closes, the answer counts
        String::from_utf8_lossy(&answer).into_owned()
    };
    tokio::task::spawn_blocking(asking).await.unwrap()
}

fn serial(stream: &SslStream<TcpStream>) -> u32 {
    let certificate = stream.ssl().peer_certificate().unwrap();
    certificate.serial_number().to_bn().unwrap().to_dec_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_and_both_protocols_are_spoken() {
    let service = listening(&Files::new(&ec_key()), Span::secs(30)).await;
    for version in [SslVersion::TLS1_3, SslVersion::TLS1_2] {
        let stream = connect(service.address, Offer { version: Some(version), ..Offer::default() }).await.unwrap();
        assert_eq!(stream.ssl().version2(), Some(version));
        assert!(ask(stream).await.starts_with("HTTP/1.1 200"));
    }
    for (offered, agreed) in [(b"\x02h2\x08http/1.1".as_slice(), b"h2".as_slice()), (b"\x08http/1.1", b"http/1.1")] {
        let stream = connect(service.address, Offer { alpn: Some(offered), ..Offer::default() }).await.unwrap();
        assert_eq!(stream.ssl().selected_alpn_protocol(), Some(agreed));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_tls_1_2_only_ecdhe_with_aes_gcm_is_agreed_upon() {
    let rsa = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    for (key, kind) in [(ec_key(), "ECDSA"), (rsa, "RSA")] {
        let service = listening(&Files::new(&key), Span::secs(30)).await;
        let try_cipher = async |ciphers: &'static str| {
            let offer = Offer { version: Some(SslVersion::TLS1_2), ciphers: Some(ciphers), ..Offer::default() };
            connect(service.address, offer).await.map(|stream| stream.ssl().current_cipher().unwrap().name().to_owned())
        };
        for good in ["AES128-GCM-SHA256", "AES256-GCM-SHA384"] {
            let name: &'static str = format!("ECDHE-{kind}-{good}").leak();
            assert_eq!(try_cipher(name).await.unwrap(), name);
        }
        for bad in [
            "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-CHACHA20-POLY1305",
            "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA256",
            "ECDHE-RSA-AES256-SHA:ECDHE-ECDSA-AES256-SHA",
            "AES128-GCM-SHA256:AES256-GCM-SHA384",
            "DHE-RSA-AES128-GCM-SHA256",
        ] {
            assert!(try_cipher(bad).await.is_err(), "{kind}: {bad} was agreed upon");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn older_versions_and_plain_http_are_turned_away() {
    let service = listening(&Files::new(&ec_key()), Span::secs(2)).await;
    for version in [SslVersion::TLS1, SslVersion::TLS1_1] {
        let offer = Offer { version: Some(version), ..Offer::default() };
        assert!(connect(service.address, offer).await.is_err(), "{version:?}");
    }
    let address = service.address;
    let plain = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer); // a reset is an answer, too
        answer
    });
    assert!(!plain.await.unwrap().starts_with(b"HTTP/"));
    // Whoever connects and says nothing does not stay.
    let silent = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.read(&mut [0]).unwrap_or(0)
    });
    assert_eq!(silent.await.unwrap(), 0);
    service.stop.send(()).unwrap();
    service.serving.await.unwrap();
}

/// The serial number that is presented, once it is `expected`.
async fn becomes(address: SocketAddr, expected: u32) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        if serial(&connect(address, Offer::default()).await.unwrap()) == expected {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_presented_without_a_restart() {
    let first = ec_key();
    let files = Files::new(&first);
    let service = listening(&files, Span::secs(30)).await;
    let open = connect(service.address, Offer::default()).await.unwrap();
    assert_eq!(serial(&open), 1);
    // Half of a pair, and no PEM at all: the one before stays.
    let second = ec_key();
    fs::write(files.chain(), certificate(&second, 2).to_pem().unwrap()).unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await; // the files have been looked at by then
    assert_eq!(serial(&connect(service.address, Offer::default()).await.unwrap()), 1);
    fs::write(files.key(), "nonsense").unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(serial(&connect(service.address, Offer::default()).await.unwrap()), 1);
    // The other half.
    fs::write(files.key(), second.private_key_to_pem_pkcs8().unwrap()).unwrap();
    assert!(becomes(service.address, 2).await);
    // Replaced as a whole, as certbot and Kubernetes do it.
    let third = ec_key();
    for (path, content) in [
        (files.chain(), certificate(&third, 3).to_pem().unwrap()),
        (files.key(), third.private_key_to_pem_pkcs8().unwrap()),
    ] {
        let fresh = path.with_extension("new");
        fs::write(&fresh, content).unwrap();
        fs::rename(fresh, path).unwrap();
    }
    assert!(becomes(service.address, 3).await);
    assert!(ask(open).await.starts_with("HTTP/1.1 200"), "an open connection goes on");
}

#[test]
fn what_cannot_be_used_is_refused_with_a_sentence() {
    let files = Files::new(&ec_key());
    let refused = |chain: &Path, key: &Path| Tls::open(chain, key).map(drop).unwrap_err().to_string();
    let missing = files.directory.path().join("none.pem");
    assert!(refused(&missing, &files.key()).contains("none.pem cannot be read"));
    assert!(refused(&files.key(), &files.key()).contains("holds no certificate"));
    assert!(refused(&files.chain(), &files.chain()).contains("holds no private key"));
    fs::write(files.key(), ec_key().private_key_to_pem_pkcs8().unwrap()).unwrap();
    assert_eq!(refused(&files.chain(), &files.key()), "the private key is not the one of the certificate");
}
