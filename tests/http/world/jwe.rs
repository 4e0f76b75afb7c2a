//! Encryption that shares nothing with the service's own (RFC 7516, RFC 7518 §4.3, §4.6, §5): what applications read, and what they
//! write for the service.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openssl::{
    aes::{AesKey, unwrap_key, wrap_key},
    bn::{BigNum, BigNumContext},
    derive::Deriver,
    ec::{EcGroup, EcKey},
    encrypt::{Decrypter, Encrypter},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private, Public},
    rsa::{Padding, Rsa},
    sha::sha256,
    sign::Signer,
    symm::{Cipher, decrypt, decrypt_aead, encrypt, encrypt_aead},
};
use serde_json::{Value, json};

/// The private key of an application that things are encrypted for.
#[derive(Clone)]
pub struct Reader {
    algorithm: &'static str,
    kid: String,
    key: PKey<Private>,
}

/// What was read.
#[derive(Debug)]
pub struct Opened {
    pub header: Value,
    pub content: String,
}

impl Reader {
    /// A fresh key for a JWE algorithm.
    pub fn new(algorithm: &'static str) -> Self {
        let key = match algorithm {
            "RSA-OAEP-256" => PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap(),
            _ => PKey::from_ec_key(EcKey::generate(&p256()).unwrap()).unwrap(),
        };
        Self { algorithm, kid: signet::ports::random::token("enc_").unwrap().expose().to_owned(), key }
    }

    /// The public half, as the application registers it.
    pub fn jwk(&self) -> Value {
        let mut jwk = public(&self.key);
        jwk["kid"] = self.kid.clone().into();
        jwk["use"] = "enc".into();
        jwk["alg"] = self.algorithm.into();
        jwk
    }

    /// The same as a set.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk()] })
    }

    /// What a token says that was encrypted for this key.
    #[track_caller]
    pub fn read(&self, token: &str) -> Opened {
        let parts: Vec<_> = token.split('.').collect();
        let [encoded, encrypted_key, iv, ciphertext, tag] = parts[..] else { panic!("not a JWE: {token}") };
        let header: Value = serde_json::from_slice(&bytes(encoded)).unwrap();
        assert_eq!((&header["alg"], &header["kid"]), (&json!(self.algorithm), &json!(self.kid)), "{header}");
        let enc = header["enc"].as_str().unwrap();
        let encrypted_key = bytes(encrypted_key);
        let key = match self.algorithm {
            "RSA-OAEP-256" => {
                let mut reader = Decrypter::new(&self.key).unwrap();
                reader.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
                reader.set_rsa_oaep_md(MessageDigest::sha256()).unwrap();
                reader.set_rsa_mgf1_md(MessageDigest::sha256()).unwrap();
                let mut key = vec![0; reader.decrypt_len(&encrypted_key).unwrap()];
                let length = reader.decrypt(&encrypted_key, &mut key).unwrap();
                key.truncate(length);
                key
            }
            algorithm => {
                let agreed = agree(&self.key, &from_jwk(&header["epk"]), algorithm, enc);
                unwrapped(algorithm, agreed, &encrypted_key)
            }
        };
        let content = open(enc, &key, &bytes(iv), &bytes(ciphertext), &bytes(tag), encoded.as_bytes());
        Opened { header, content: String::from_utf8(content).unwrap() }
    }
}

/// Encrypts for a public key: a compact JWE with these members in its header besides.
pub fn encrypted_for(jwk: &Value, algorithm: &str, enc: &str, members: &Value, content: &str) -> String {
    let mut header = json!({ "alg": algorithm, "enc": enc, "kid": jwk["kid"], "cty": "JWT" });
    header.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    header.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let random = |length: usize| {
        let mut bytes = vec![0; length];
        openssl::rand::rand_bytes(&mut bytes).unwrap();
        bytes
    };
    let mut key = random(key_length(enc));
    let mut encrypted_key = Vec::new();
    match algorithm {
        "RSA-OAEP-256" => {
            let theirs = from_jwk(jwk);
            let mut writer = Encrypter::new(&theirs).unwrap();
            writer.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
            writer.set_rsa_oaep_md(MessageDigest::sha256()).unwrap();
            writer.set_rsa_mgf1_md(MessageDigest::sha256()).unwrap();
            encrypted_key = vec![0; writer.encrypt_len(&key).unwrap()];
            let length = writer.encrypt(&key, &mut encrypted_key).unwrap();
            encrypted_key.truncate(length);
        }
        _ => {
            let ephemeral = PKey::from_ec_key(EcKey::generate(&p256()).unwrap()).unwrap();
            header["epk"] = public(&ephemeral);
            let agreed = agree(&ephemeral, &from_jwk(jwk), algorithm, enc);
            if algorithm == "ECDH-ES" {
                key = agreed;
            } else {
                encrypted_key = vec![0; key.len() + 8];
                wrap_key(&AesKey::new_encrypt(&agreed).unwrap(), None, &mut encrypted_key, &key).unwrap();
            }
        }
    }
    let encoded = URL_SAFE_NO_PAD.encode(header.to_string());
    let iv = random(if enc == "A128CBC-HS256" { 16 } else { 12 });
    let (ciphertext, tag) = seal(enc, &key, &iv, content.as_bytes(), encoded.as_bytes());
    let parts = [encrypted_key, iv, ciphertext, tag].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("{encoded}.{}", parts.join("."))
}

fn key_length(enc: &str) -> usize {
    if enc == "A128GCM" { 16 } else { 32 }
}

/// The agreed key: one round of the Concat KDF, which is all that 256 bits need (RFC 7518 §4.6.2).
fn agree(own: &PKey<Private>, theirs: &PKey<Public>, algorithm: &str, enc: &str) -> Vec<u8> {
    let (label, length) = match algorithm {
        "ECDH-ES" => (enc, key_length(enc)),
        "ECDH-ES+A128KW" => (algorithm, 16),
        _ => (algorithm, 32),
    };
    let mut deriver = Deriver::new(own).unwrap();
    deriver.set_peer(theirs).unwrap();
    let number = |value: usize| u32::try_from(value).unwrap().to_be_bytes();
    let input = [
        &number(1)[..],
        &deriver.derive_to_vec().unwrap(),
        &number(label.len()),
        label.as_bytes(),
        &number(0),
        &number(0),
        &number(length * 8),
    ];
    sha256(&input.concat())[..length].to_vec()
}

fn unwrapped(algorithm: &str, agreed: Vec<u8>, encrypted_key: &[u8]) -> Vec<u8> {
    if algorithm == "ECDH-ES" {
        assert!(encrypted_key.is_empty());
        return agreed;
    }
    let mut key = vec![0; encrypted_key.len() - 8];
    unwrap_key(&AesKey::new_decrypt(&agreed).unwrap(), None, &mut key, encrypted_key).unwrap();
    key
}

fn seal(enc: &str, key: &[u8], iv: &[u8], content: &[u8], header: &[u8]) -> (Vec<u8>, Vec<u8>) {
    if enc == "A128CBC-HS256" {
        let ciphertext = encrypt(Cipher::aes_128_cbc(), &key[16..], Some(iv), content).unwrap();
        let tag = mac(&key[..16], header, iv, &ciphertext);
        return (ciphertext, tag);
    }
    let mut tag = vec![0; 16];
    let ciphertext = encrypt_aead(gcm(enc), key, Some(iv), header, content, &mut tag).unwrap();
    (ciphertext, tag)
}

fn open(enc: &str, key: &[u8], iv: &[u8], ciphertext: &[u8], tag: &[u8], header: &[u8]) -> Vec<u8> {
    assert_eq!((key.len(), tag.len()), (key_length(enc), 16));
    if enc == "A128CBC-HS256" {
        assert_eq!(mac(&key[..16], header, iv, ciphertext), tag);
        return decrypt(Cipher::aes_128_cbc(), &key[16..], Some(iv), ciphertext).unwrap();
    }
    decrypt_aead(gcm(enc), key, Some(iv), header, ciphertext, tag).unwrap()
}

fn gcm(enc: &str) -> Cipher {
    match enc {
        "A128GCM" => Cipher::aes_128_gcm(),
        "A256GCM" => Cipher::aes_256_gcm(),
        other => panic!("the test does not know {other}"),
    }
}

fn mac(key: &[u8], header: &[u8], iv: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    let bits = (header.len() as u64 * 8).to_be_bytes();
    let covered = [header, iv, ciphertext, &bits].concat();
    let key = PKey::hmac(key).unwrap();
    let mut mac = Signer::new(MessageDigest::sha256(), &key).unwrap().sign_oneshot_to_vec(&covered).unwrap();
    mac.truncate(16);
    mac
}

fn public(key: &PKey<Private>) -> Value {
    let encode = |bytes: Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
    if let Ok(rsa) = key.rsa() {
        return json!({ "kty": "RSA", "n": encode(rsa.n().to_vec()), "e": encode(rsa.e().to_vec()) });
    }
    let (mut x, mut y) = (BigNum::new().unwrap(), BigNum::new().unwrap());
    let key = key.ec_key().unwrap();
    key.public_key().affine_coordinates(&p256(), &mut x, &mut y, &mut BigNumContext::new().unwrap()).unwrap();
    let coordinate = |number: BigNum| encode(number.to_vec_padded(32).unwrap());
    json!({ "kty": "EC", "crv": "P-256", "x": coordinate(x), "y": coordinate(y) })
}

fn from_jwk(jwk: &Value) -> PKey<Public> {
    let number = |name: &str| BigNum::from_slice(&bytes(jwk[name].as_str().unwrap())).unwrap();
    match jwk["kty"].as_str().unwrap() {
        "RSA" => PKey::from_rsa(Rsa::from_public_components(number("n"), number("e")).unwrap()).unwrap(),
        _ => {
            let key = EcKey::from_public_key_affine_coordinates(&p256(), &number("x"), &number("y")).unwrap();
            PKey::from_ec_key(key).unwrap()
        }
    }
}

fn bytes(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).unwrap()
}

fn p256() -> EcGroup {
    EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap()
}
