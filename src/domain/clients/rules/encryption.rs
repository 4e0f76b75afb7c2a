//! What a client may have encrypted, and for which of its keys (OpenID Connect Registration §2, RFC 9701 §6, JARM §3).

use keys::{ContentEncryption, EncryptionAlgorithm, ForeignKeys};

use super::Rules;
use crate::{
    domain::clients::{Encryption, Metadata},
    kernel::refusal::Findings,
};

/// One pair of members: their names, and where they are.
type Pair<'a> = (&'static str, &'static str, Option<EncryptionAlgorithm>, &'a mut Option<ContentEncryption>);

/// Judges all of them, and fills in what they mean without `enc`. `keys`: those of the registration itself.
pub(super) fn judge(rules: &Rules, metadata: &mut Metadata, keys: Option<&ForeignKeys>, findings: &mut Findings) {
    let fetched = metadata.jwks_uri.is_some();
    // A JWK Set that is no good has been noted already.
    let unreadable = metadata.jwks.is_some() && keys.is_none();
    for (alg_name, enc_name, alg, enc) in pairs(&mut metadata.encryption) {
        let Some(alg) = alg else {
            if enc.is_some() {
                findings.note(enc_name, "invalid", format!("needs {alg_name} beside it"));
            }
            continue;
        };
        enc.get_or_insert(ContentEncryption::A128CbcHs256);
        if alg_name == REQUEST_OBJECT {
            if !rules.decryption.contains(&alg.family()) {
                findings.note(alg_name, "invalid", format!("{alg} is not one that this issuer decrypts"));
            }
        } else if !fetched && !unreadable && keys.and_then(|keys| keys.recipient(alg)).is_none() {
            findings.note("jwks", "required", format!("or jwks_uri is required for {alg_name}, with a key for {alg}"));
        }
    }
}

/// The one where the client encrypts and we read.
const REQUEST_OBJECT: &str = "request_object_encryption_alg";

fn pairs(encryption: &mut Encryption) -> [Pair<'_>; 5] {
    let Encryption {
        id_token_encrypted_response_alg,
        id_token_encrypted_response_enc,
        userinfo_encrypted_response_alg,
        userinfo_encrypted_response_enc,
        introspection_encrypted_response_alg,
        introspection_encrypted_response_enc,
        authorization_encrypted_response_alg,
        authorization_encrypted_response_enc,
        request_object_encryption_alg,
        request_object_encryption_enc,
    } = encryption;
    [
        (
            "id_token_encrypted_response_alg",
            "id_token_encrypted_response_enc",
            *id_token_encrypted_response_alg,
            id_token_encrypted_response_enc,
        ),
        (
            "userinfo_encrypted_response_alg",
            "userinfo_encrypted_response_enc",
            *userinfo_encrypted_response_alg,
            userinfo_encrypted_response_enc,
        ),
        (
            "introspection_encrypted_response_alg",
            "introspection_encrypted_response_enc",
            *introspection_encrypted_response_alg,
            introspection_encrypted_response_enc,
        ),
        (
            "authorization_encrypted_response_alg",
            "authorization_encrypted_response_enc",
            *authorization_encrypted_response_alg,
            authorization_encrypted_response_enc,
        ),
        (
            REQUEST_OBJECT,
            "request_object_encryption_enc",
            *request_object_encryption_alg,
            request_object_encryption_enc,
        ),
    ]
}
