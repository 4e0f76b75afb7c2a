//! `signet client create`: what is encrypted for a client.

use clap::Args;
use keys::{ContentEncryption, EncryptionAlgorithm};

use crate::domain::clients::Encryption;

/// The options. Each takes an algorithm and, after a colon, what the content is encrypted with.
#[derive(Debug, Args)]
#[group(id = "registration_encrypted", conflicts_with = "import", multiple = true)]
pub(in crate::cli) struct Encrypted {
    /// Encrypts its ID tokens: RSA-OAEP-256, ECDH-ES, ECDH-ES+A128KW or ECDH-ES+A256KW, and, after a colon, A128CBC-HS256 (the
    /// default), A128GCM or A256GCM, as in ECDH-ES:A256GCM. It needs --jwks or --jwks-uri with a key for it.
    #[arg(long, value_name = "ALG[:ENC]", value_parser = pair)]
    id_token_encryption: Option<Pair>,
    /// Encrypts userinfo; without --userinfo-alg it is not signed.
    #[arg(long, value_name = "ALG[:ENC]", value_parser = pair)]
    userinfo_encryption: Option<Pair>,
    /// Encrypts answers about tokens where it asks for signed ones.
    #[arg(long, value_name = "ALG[:ENC]", value_parser = pair)]
    introspection_encryption: Option<Pair>,
    /// Encrypts its authorization responses where it asks for them as a JWT (JARM).
    #[arg(long, value_name = "ALG[:ENC]", value_parser = pair)]
    authorization_encryption: Option<Pair>,
    /// What it encrypts its request objects with; it may use another of ours all the same.
    #[arg(long, value_name = "ALG[:ENC]", value_parser = pair)]
    request_object_encryption: Option<Pair>,
}

type Pair = (EncryptionAlgorithm, Option<ContentEncryption>);

fn pair(text: &str) -> Result<Pair, String> {
    let (algorithm, enc) = text.split_once(':').map_or((text, None), |(algorithm, enc)| (algorithm, Some(enc)));
    let algorithm = algorithm.parse().map_err(|why| format!("{algorithm}: {why}"))?;
    let enc = enc.map(|enc| enc.parse().map_err(|why| format!("{enc}: {why}"))).transpose()?;
    Ok((algorithm, enc))
}

impl Encrypted {
    /// The metadata that the options stand for.
    pub(super) fn metadata(&self) -> Encryption {
        let alg = |pair: Option<Pair>| pair.map(|(algorithm, _)| algorithm);
        let enc = |pair: Option<Pair>| pair.and_then(|(_, enc)| enc);
        Encryption {
            id_token_encrypted_response_alg: alg(self.id_token_encryption),
            id_token_encrypted_response_enc: enc(self.id_token_encryption),
            userinfo_encrypted_response_alg: alg(self.userinfo_encryption),
            userinfo_encrypted_response_enc: enc(self.userinfo_encryption),
            introspection_encrypted_response_alg: alg(self.introspection_encryption),
            introspection_encrypted_response_enc: enc(self.introspection_encryption),
            authorization_encrypted_response_alg: alg(self.authorization_encryption),
            authorization_encrypted_response_enc: enc(self.authorization_encryption),
            request_object_encryption_alg: alg(self.request_object_encryption),
            request_object_encryption_enc: enc(self.request_object_encryption),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_stands_alone_or_with_its_content_encryption() {
        assert_eq!(pair("ECDH-ES"), Ok((EncryptionAlgorithm::EcdhEs, None)));
        let both = (EncryptionAlgorithm::EcdhEsA128Kw, Some(ContentEncryption::A256Gcm));
        assert_eq!(pair("ECDH-ES+A128KW:A256GCM"), Ok(both));
        for wrong in ["", "dir", "ECDH-ES:", "ECDH-ES:A192GCM", ":A256GCM", "RSA1_5:A128CBC-HS256"] {
            assert!(pair(wrong).is_err(), "{wrong}");
        }
    }
}
