//! Certificates of every kind, made for the tests: good ones, and each with one thing wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::{DateTime, Utc};
use openssl::{
    asn1::Asn1Time,
    bn::BigNum,
    hash::MessageDigest,
    pkey::Private,
    x509::{
        X509Builder, X509NameBuilder,
        extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName},
    },
};

use super::*;

/// When everything here is good.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

pub(crate) fn key() -> PKey<Private> {
    PKey::ec_gen("prime256v1").unwrap()
}

/// An authority with a key of its own.
struct Authority {
    key: PKey<Private>,
    certificate: X509,
}

fn named(common_name: &str) -> X509Builder {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("O", "Example").unwrap();
    name.append_entry_by_text("CN", common_name).unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    lasting(&mut builder, -100, 100);
    builder
}

fn lasting(builder: &mut X509Builder, from: i64, to: i64) {
    let at = |seconds: i64| Asn1Time::from_unix(now().timestamp() + seconds).unwrap();
    builder.set_not_before(&at(from)).unwrap();
    builder.set_not_after(&at(to)).unwrap();
}

impl Authority {
    fn new(name: &str, by: Option<&Self>) -> Self {
        let key = key();
        let mut builder = named(name);
        builder.set_pubkey(&key).unwrap();
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        let (issuer, signer) = by.map_or((None, &key), |by| (Some(by), &by.key));
        if let Some(issuer) = issuer {
            builder.set_issuer_name(issuer.certificate.subject_name()).unwrap();
        }
        builder.sign(signer, MessageDigest::sha256()).unwrap();
        Self { certificate: builder.build(), key }
    }

    /// A certificate of this authority, changed.
    fn issue(&self, change: impl FnOnce(&mut X509Builder)) -> X509 {
        let mut builder = named("shop");
        builder.set_pubkey(&key()).unwrap();
        builder.set_issuer_name(self.certificate.subject_name()).unwrap();
        change(&mut builder);
        builder.sign(&self.key, MessageDigest::sha256()).unwrap();
        builder.build()
    }

    fn anchors(&self) -> Anchors {
        Anchors::parse(&String::from_utf8(self.certificate.to_pem().unwrap()).unwrap()).unwrap()
    }
}

fn shown(chain: &[&X509]) -> Certificate {
    Certificate::parse(&chain.iter().map(|each| each.to_der().unwrap()).collect::<Vec<_>>()).unwrap()
}

/// A certificate that its own key signed.
pub(crate) fn self_signed(key: &PKey<Private>, change: impl FnOnce(&mut X509Builder)) -> X509 {
    let mut builder = named("shop");
    builder.set_pubkey(key).unwrap();
    change(&mut builder);
    builder.sign(key, MessageDigest::sha256()).unwrap();
    builder.build()
}

fn usage(builder: &mut X509Builder, client: bool) {
    let mut usage = ExtendedKeyUsage::new();
    let usage = if client { usage.client_auth() } else { usage.server_auth() };
    builder.append_extension(usage.build().unwrap()).unwrap();
}

#[test]
fn an_authority_vouches_for_what_it_issued() {
    let authority = Authority::new("authority", None);
    let anchors = authority.anchors();
    for good in [authority.issue(|_| {}), authority.issue(|builder| usage(builder, true))] {
        assert_eq!(shown(&[&good]).judge_issuer(&anchors, now()), Ok(()));
    }
    let stranger = Authority::new("authority", None); // the same name, another key
    let refused = |chain: &[&X509], anchors: &Anchors| shown(chain).judge_issuer(anchors, now()).unwrap_err();
    assert!(matches!(refused(&[&stranger.issue(|_| {})], &anchors), Distrusted::NotIssued(_)));
    assert!(matches!(refused(&[&self_signed(&key(), |_| {})], &anchors), Distrusted::NotIssued(_)));
    assert!(matches!(refused(&[&authority.issue(|_| {})], &Anchors::default()), Distrusted::NotIssued(_)));
    // A client is no authority, and vouches for nobody.
    let client = Authority { key: key(), certificate: authority.issue(|_| {}) };
    let by_client = client.issue(|_| {});
    assert!(matches!(refused(&[&by_client, &client.certificate], &anchors), Distrusted::NotIssued(_)));
}

#[test]
fn an_authority_between_is_sent_along_or_trusted_itself() {
    let root = Authority::new("root", None);
    let between = Authority::new("between", Some(&root));
    let leaf = between.issue(|_| {});
    assert_eq!(shown(&[&leaf, &between.certificate]).judge_issuer(&root.anchors(), now()), Ok(()));
    assert!(shown(&[&leaf]).judge_issuer(&root.anchors(), now()).is_err());
    assert_eq!(shown(&[&leaf]).judge_issuer(&between.anchors(), now()), Ok(()));
}

#[test]
fn time_usage_and_strength_count_whoever_issued_it() {
    let authority = Authority::new("authority", None);
    type Change = fn(&mut X509Builder);
    let cases: [(Change, Distrusted); 5] = [
        (|builder| lasting(builder, -100, -1), Distrusted::Expired),
        (|builder| lasting(builder, 1, 100), Distrusted::NotYetValid),
        (|builder| usage(builder, false), Distrusted::NotForClients),
        (
            |builder| builder.append_extension(KeyUsage::new().critical().key_encipherment().build().unwrap()).unwrap(),
            Distrusted::NotForClients,
        ),
        (
            |builder| {
                let weak = PKey::from_rsa(openssl::rsa::Rsa::generate(1024).unwrap()).unwrap();
                builder.set_pubkey(&weak).unwrap();
            },
            Distrusted::Weak,
        ),
    ];
    for (change, why) in cases {
        let issued = shown(&[&authority.issue(change)]);
        assert_eq!(issued.judge_issuer(&authority.anchors(), now()), Err(why.clone()));
        assert_eq!(issued.judge(now()), Err(why));
    }
    let mine = self_signed(&key(), |builder| lasting(builder, -100, 100));
    assert_eq!(shown(&[&mine]).judge(now()), Ok(()));
    let later = now() + chrono::TimeDelta::seconds(101);
    assert_eq!(shown(&[&mine]).judge(later), Err(Distrusted::Expired));
}

#[test]
fn a_certificate_bears_the_names_that_are_on_it() {
    let certificate = self_signed(&key(), |builder| {
        let names = SubjectAlternativeName::new()
            .dns("shop.example.test")
            .dns("*.wild.test")
            .uri("spiffe://example.test/shop")
            .ip("192.0.2.7")
            .ip("2001:db8::7")
            .email("Ops@example.test")
            .build(&builder.x509v3_context(None, None))
            .unwrap();
        builder.append_extension(names).unwrap();
    });
    let certificate = shown(&[&certificate]);
    use CertificateName::{Dns, Email, Ip, Subject, Uri};
    for good in [
        Subject(DistinguishedName::parse("cn=Shop, o=example").unwrap()),
        Dns("SHOP.example.test".into()),
        Dns("*.wild.test".into()),
        Uri("spiffe://example.test/shop".into()),
        Ip("192.0.2.7".parse().unwrap()),
        Ip("2001:DB8:0::7".parse().unwrap()),
        Email("Ops@EXAMPLE.test".into()),
    ] {
        assert!(certificate.bears(&good), "{good:?}");
    }
    for other in [
        Subject(DistinguishedName::parse("o=example,cn=Shop").unwrap()),
        Dns("example.test".into()),
        Dns("a.wild.test".into()),
        Dns("spiffe://example.test/shop".into()),
        Uri("spiffe://example.test/Shop".into()),
        Uri("shop.example.test".into()),
        Ip("192.0.2.8".parse().unwrap()),
        Ip("::ffff:192.0.2.7".parse().unwrap()),
        Email("ops@example.test".into()),
    ] {
        assert!(!certificate.bears(&other), "{other:?}");
    }
    let bare = self_signed(&key(), |_| {});
    assert!(!shown(&[&bare]).bears(&Dns("shop".into())), "a common name is no DNS name");
}

#[test]
fn what_is_no_certificate_is_not_read() {
    let der = self_signed(&key(), |_| {}).to_der().unwrap();
    let unreadable = |chain: &[Vec<u8>]| Certificate::parse(chain).map(drop) == Err(Distrusted::Unreadable);
    assert!(unreadable(&[]) && unreadable(&[b"garbage".to_vec()]) && unreadable(&[der[..der.len() - 1].to_vec()]));
    assert!(unreadable(&[[der.as_slice(), b"x"].concat()]), "what stands behind it would change the thumbprint");
    assert!(Certificate::parse(&[der.clone(), b"garbage".to_vec()]).is_ok());
    assert_eq!(Certificate::parse(&[&der]).unwrap().thumbprint(), openssl::sha::sha256(&der));
    for bad in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(Anchors::parse(bad).is_err(), "{bad}");
    }
}
