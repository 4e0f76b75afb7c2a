//! The public half of a key as a JWK (RFC 7517, RFC 7518 §6, RFC 8037 §2) and its thumbprint (RFC 7638).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::{HasPublic, Id, PKey, PKeyRef, Public};
use openssl::rsa::Rsa;
use serde_json::{Map, Value, json};

use crate::{Algorithm, Fault, KeyError};

/// Smallest RSA modulus that signs here, in bits (RFC 7518 §3.3).
pub(crate) const SMALLEST_RSA: u32 = 2048;
/// Larger RSA keys of others cost more to use than they protect, in bits.
const LARGEST_RSA: i32 = 8192;

/// Length of a P-256 coordinate, in bytes. Shorter numbers are padded (RFC 7518 §6.2.1.2).
const P256_COORDINATE: i32 = 32;

/// The members that make up the public key, in the order RFC 7638 hashes them. The order matters: serde_json keeps it.
///
/// # Errors
/// [`KeyError::WrongKind`] if the key cannot be used with `algorithm`, [`KeyError::TooSmall`] for a short RSA key.
pub(crate) fn public_members<T: HasPublic>(
    algorithm: Algorithm,
    key: &PKeyRef<T>,
) -> Result<Map<String, Value>, KeyError> {
    let members = match (algorithm, key.id()) {
        (Algorithm::RS256 | Algorithm::PS256, Id::RSA) => rsa(key)?,
        (Algorithm::ES256, Id::EC) => p256(key)?,
        (Algorithm::EdDSA, Id::ED25519) => {
            let x = key.raw_public_key().map_err(Fault::from)?;
            json!({ "crv": "Ed25519", "kty": "OKP", "x": URL_SAFE_NO_PAD.encode(x) })
        }
        _ => return Err(KeyError::WrongKind(algorithm)),
    };
    match members {
        Value::Object(members) => Ok(members),
        _ => Err(KeyError::WrongKind(algorithm)),
    }
}

/// The public key that a JWK describes, if it is of a kind that is used here and sound.
pub(crate) fn public_key(members: &Map<String, Value>) -> Option<PKey<Public>> {
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(members.get(name)?.as_str()?).ok();
    let number = |name: &str| BigNum::from_slice(&bytes(name)?).ok();
    match members.get("kty")?.as_str()? {
        "RSA" => {
            let (n, e) = (number("n")?, number("e")?);
            // A small odd exponent: a huge one only costs time.
            let sound = n.num_bits() <= LARGEST_RSA && (2..=33).contains(&e.num_bits()) && e.is_bit_set(0);
            PKey::from_rsa(Rsa::from_public_components(n, e).ok().filter(|_| sound)?).ok()
        }
        "EC" => {
            let curve = match members.get("crv")?.as_str()? {
                "P-256" => Nid::X9_62_PRIME256V1,
                "P-384" => Nid::SECP384R1,
                "P-521" => Nid::SECP521R1,
                _ => return None,
            };
            let group = EcGroup::from_curve_name(curve).ok()?;
            // OpenSSL refuses a point that is not on the curve.
            let key =
                EcKey::from_public_key_affine_coordinates(&group, number("x")?.as_ref(), number("y")?.as_ref()).ok()?;
            key.check_key().ok()?;
            PKey::from_ec_key(key).ok()
        }
        "OKP" if members.get("crv")? == "Ed25519" => PKey::public_key_from_raw_bytes(&bytes("x")?, Id::ED25519).ok(),
        "OKP" if members.get("crv")? == "X25519" => PKey::public_key_from_raw_bytes(&bytes("x")?, Id::X25519).ok(),
        _ => None,
    }
}

/// SHA-256 thumbprint of the members, base64url (RFC 7638 §3).
pub(crate) fn thumbprint(members: &Map<String, Value>) -> String {
    // Names and values are plain ASCII in sorted order, so compact JSON is the canonical form.
    let canonical = Value::Object(members.clone()).to_string();
    URL_SAFE_NO_PAD.encode(openssl::sha::sha256(canonical.as_bytes()))
}

fn rsa<T: HasPublic>(key: &PKeyRef<T>) -> Result<Value, KeyError> {
    if key.bits() < SMALLEST_RSA {
        return Err(KeyError::TooSmall(key.bits()));
    }
    let rsa = key.rsa().map_err(Fault::from)?;
    Ok(json!({
        "e": URL_SAFE_NO_PAD.encode(rsa.e().to_vec()),
        "kty": "RSA",
        "n": URL_SAFE_NO_PAD.encode(rsa.n().to_vec()),
    }))
}

fn p256<T: HasPublic>(key: &PKeyRef<T>) -> Result<Value, KeyError> {
    let key = key.ec_key().map_err(Fault::from)?;
    if key.group().curve_name() != Some(Nid::X9_62_PRIME256V1) {
        return Err(KeyError::WrongKind(Algorithm::ES256));
    }
    let coordinates = || {
        let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
        let mut scratch = BigNumContext::new()?;
        key.public_key().affine_coordinates(key.group(), &mut x, &mut y, &mut scratch)?;
        Ok::<_, openssl::error::ErrorStack>((x.to_vec_padded(P256_COORDINATE)?, y.to_vec_padded(P256_COORDINATE)?))
    };
    let (x, y) = coordinates().map_err(Fault::from)?;
    Ok(json!({ "crv": "P-256", "kty": "EC", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn thumbprint_agrees_with_rfc_7638() {
        let members = json!({
            "e": "AQAB",
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZC\
                  iFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgn\
                  Yb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw\
                  0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        });
        assert_eq!(thumbprint(members.as_object().unwrap()), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn members_and_thumbprint_agree_with_rfc_8037() {
        // Appendix A.1 to A.3.
        let secret = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let key = PKey::private_key_from_raw_bytes(&secret, Id::ED25519).unwrap();
        let members = public_members(Algorithm::EdDSA, &key).unwrap();
        assert_eq!(members["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(thumbprint(&members), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn coordinates_keep_their_leading_zeros() {
        for _ in 0..1000 {
            let key = PKey::ec_gen("prime256v1").unwrap();
            let members = public_members(Algorithm::ES256, &key).unwrap();
            assert_eq!(members["x"].as_str().unwrap().len(), 43);
            assert_eq!(members["y"].as_str().unwrap().len(), 43);
        }
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        let ed = PKey::generate_ed25519().unwrap();
        let p384 = PKey::ec_gen("secp384r1").unwrap();
        let short = PKey::from_rsa(openssl::rsa::Rsa::generate(1024).unwrap()).unwrap();
        for algorithm in [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256] {
            assert!(matches!(public_members(algorithm, &ed), Err(KeyError::WrongKind(_))), "{algorithm}");
        }
        assert!(matches!(public_members(Algorithm::ES256, &p384), Err(KeyError::WrongKind(_))));
        assert!(matches!(public_members(Algorithm::EdDSA, &p384), Err(KeyError::WrongKind(_))));
        assert!(matches!(public_members(Algorithm::RS256, &short), Err(KeyError::TooSmall(1024))));
    }
}
