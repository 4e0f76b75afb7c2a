//! What a registration has to be under each profile: one row per clause. The numbers are those of the final texts.

use serde::Serialize;
use serde_json::Value;

use super::Profile;
use crate::domain::clients::{ApplicationType, AuthMethod, Client, CreateClient, GrantType, Metadata};

/// What of a client the clauses look at, registered or about to be.
#[derive(Debug, Clone, Copy)]
pub struct Registration<'a> {
    auth_method: AuthMethod,
    application_type: ApplicationType,
    redirect_uris: &'a [String],
    grants: &'a [GrantType],
    metadata: &'a Metadata,
}

impl<'a> From<&'a Client> for Registration<'a> {
    fn from(client: &'a Client) -> Self {
        Self {
            auth_method: client.token_endpoint_auth_method,
            application_type: client.application_type,
            redirect_uris: &client.redirect_uris,
            grants: &client.grant_types,
            metadata: &client.metadata,
        }
    }
}

impl<'a> From<&'a CreateClient> for Registration<'a> {
    fn from(asked: &'a CreateClient) -> Self {
        Self {
            auth_method: asked.auth_method,
            application_type: asked.application_type,
            redirect_uris: &asked.redirect_uris,
            grants: &asked.grants,
            metadata: &asked.metadata,
        }
    }
}

/// One thing in which a registration falls short of its profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shortcoming {
    /// The clause.
    pub section: &'static str,
    /// The member of the metadata.
    pub field: &'static str,
    /// What is wrong with it: a clause that follows its name.
    pub why: String,
}

/// Member and reason.
type Finding = (&'static str, String);

/// One clause that a registration can break. Whatever else a client does is judged in its requests.
struct Clause {
    of: Profile,
    section: &'static str,
    judge: fn(&Registration<'_>, Profile) -> Vec<Finding>,
}

const CLAUSES: &[Clause] = &[
    Clause { of: Profile::Fapi2, section: "FAPI 2.0 Security Profile §5.3.2.1 (3, 6)", judge: authentication },
    Clause { of: Profile::Fapi2, section: "FAPI 2.0 Security Profile §5.3.2.2 (1)", judge: response_types },
    Clause { of: Profile::Fapi2, section: "FAPI 2.0 Security Profile §5.3.2.2 (8)", judge: redirect_uris },
    Clause { of: Profile::Fapi2, section: "FAPI 2.0 Security Profile §5.4.1 (1)", judge: algorithms },
    Clause { of: Profile::Fapi2, section: "FAPI 2.0 Security Profile §5.4.1 (1)", judge: keys },
    Clause { of: Profile::Fapi2MessageSigning, section: "FAPI 2.0 Message Signing §5.3.1 (1)", judge: request_keys },
];

/// Everything in which a registration falls short of a profile.
pub fn shortcomings(registration: &Registration<'_>, profile: Profile) -> Vec<Shortcoming> {
    let asked = CLAUSES.iter().filter(|clause| clause.of <= profile);
    asked
        .flat_map(|clause| {
            let found = (clause.judge)(registration, profile).into_iter();
            found.map(|(field, why)| Shortcoming { section: clause.section, field, why })
        })
        .collect()
}

fn authentication(client: &Registration<'_>, profile: Profile) -> Vec<Finding> {
    let admitted = AuthMethod::ALL.iter().filter(|method| profile.admits_method(**method)).map(|method| method.name());
    match profile.admits_method(client.auth_method) {
        true => Vec::new(),
        false => {
            let admitted = admitted.collect::<Vec<_>>().join(" or ");
            vec![("token_endpoint_auth_method", format!("has to be {admitted}, not {}", client.auth_method))]
        }
    }
}

fn response_types(client: &Registration<'_>, _: Profile) -> Vec<Finding> {
    let others = client.metadata.response_types.iter().filter(|named| *named != "code");
    let other = others.map(|_| ("response_types", "has to be code alone".to_owned())).take(1);
    let implicit = client.grants.contains(&GrantType::Implicit);
    other.chain(implicit.then(|| ("grant_types", "cannot have implicit".to_owned()))).collect()
}

fn redirect_uris(client: &Registration<'_>, profile: Profile) -> Vec<Finding> {
    let refused = |uri: &&String| !profile.admits_redirect_uri(uri, client.application_type);
    let plain = client.redirect_uris.iter().filter(refused);
    plain.map(|uri| ("redirect_uris", format!("cannot have {uri}, where answers travel unencrypted"))).collect()
}

fn algorithms(client: &Registration<'_>, profile: Profile) -> Vec<Finding> {
    let metadata = client.metadata;
    let backchannel = metadata.backchannel.backchannel_authentication_request_signing_alg.as_deref();
    let theirs = [
        ("backchannel_authentication_request_signing_alg", backchannel),
        ("token_endpoint_auth_signing_alg", metadata.token_endpoint_auth_signing_alg.as_deref()),
        ("request_object_signing_alg", metadata.request_object_signing_alg.as_deref()),
    ];
    let ours = [
        ("id_token_signed_response_alg", metadata.id_token_signed_response_alg),
        ("userinfo_signed_response_alg", metadata.userinfo_signed_response_alg),
        ("introspection_signed_response_alg", metadata.introspection_signed_response_alg),
        ("authorization_signed_response_alg", metadata.authorization_signed_response_alg),
    ];
    let named =
        theirs.into_iter().chain(ours.map(|(field, algorithm)| (field, algorithm.map(::keys::Algorithm::as_str))));
    named
        .filter_map(|(field, name)| Some((field, name.filter(|name| !profile.admits_name(name))?)))
        .map(|(field, name)| (field, format!("has to be PS256, ES256 or EdDSA, not {name}")))
        .collect()
}

/// Keys that say what they are for, and say nothing else but what is not allowed, are of no use.
fn keys(client: &Registration<'_>, profile: Profile) -> Vec<Finding> {
    let listed = client.metadata.jwks.as_ref().and_then(|jwks| jwks.get("keys")).and_then(Value::as_array);
    let signs = |key: &&Value| key.get("use").and_then(Value::as_str).is_none_or(|usage| usage == "sig");
    let fits = |key: &Value| key.get("alg").and_then(Value::as_str).is_none_or(|name| profile.admits_name(name));
    match listed {
        Some(listed) if !listed.iter().filter(signs).any(fits) => {
            vec![("jwks", "has no key for PS256, ES256 or EdDSA".to_owned())]
        }
        _ => Vec::new(),
    }
}

fn request_keys(client: &Registration<'_>, _: Profile) -> Vec<Finding> {
    match client.metadata.jwks.is_none() && client.metadata.jwks_uri.is_none() {
        true => vec![("jwks", "or jwks_uri has to be there, because requests are signed".to_owned())],
        false => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use ::keys::Algorithm;
    use serde_json::json;

    use super::*;
    use crate::domain::clients::testing::client;

    /// A client that lacks nothing.
    fn good() -> Client {
        let mut client = client();
        client.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
        client.metadata.jwks = Some(json!({ "keys": [{ "kty": "EC", "alg": "ES256", "use": "sig" }] }));
        client
    }

    fn lacks(client: &Client, profile: Profile) -> Vec<(&'static str, &'static str)> {
        let found = shortcomings(&client.into(), profile);
        found.iter().map(|lacking| (lacking.field, lacking.section.rsplit_once(" §").unwrap().1)).collect()
    }

    #[test]
    fn a_client_of_the_profile_lacks_nothing() {
        for profile in Profile::ALL {
            assert_eq!(lacks(&good(), *profile), []);
        }
        assert_eq!(lacks(&client(), Profile::Usual), []);
    }

    #[test]
    fn each_clause_finds_what_breaks_it() {
        type Change = fn(&mut Client);
        let broken: &[(Change, (&str, &str))] = &[
            (|c| c.token_endpoint_auth_method = AuthMethod::None, ("token_endpoint_auth_method", "5.3.2.1 (3, 6)")),
            (
                |c| c.token_endpoint_auth_method = AuthMethod::ClientSecretJwt,
                ("token_endpoint_auth_method", "5.3.2.1 (3, 6)"),
            ),
            (|c| c.metadata.response_types = vec!["code".into(), "none".into()], ("response_types", "5.3.2.2 (1)")),
            (|c| c.grant_types.push(GrantType::Implicit), ("grant_types", "5.3.2.2 (1)")),
            (|c| c.redirect_uris.push("http://localhost/cb".into()), ("redirect_uris", "5.3.2.2 (8)")),
            (
                |c| c.metadata.token_endpoint_auth_signing_alg = Some("RS256".into()),
                ("token_endpoint_auth_signing_alg", "5.4.1 (1)"),
            ),
            (
                |c| c.metadata.request_object_signing_alg = Some("none".into()),
                ("request_object_signing_alg", "5.4.1 (1)"),
            ),
            (
                |c| c.metadata.id_token_signed_response_alg = Some(Algorithm::RS256),
                ("id_token_signed_response_alg", "5.4.1 (1)"),
            ),
            (
                |c| c.metadata.authorization_signed_response_alg = Some(Algorithm::RS256),
                ("authorization_signed_response_alg", "5.4.1 (1)"),
            ),
            (
                |c| c.metadata.jwks = Some(json!({ "keys": [{ "kty": "RSA", "alg": "RS256" }, { "use": "enc" }] })),
                ("jwks", "5.4.1 (1)"),
            ),
        ];
        for (change, expected) in broken {
            let mut client = good();
            change(&mut client);
            for profile in [Profile::Fapi2, Profile::Fapi2MessageSigning] {
                assert_eq!(lacks(&client, profile), [*expected]);
            }
            assert_eq!(lacks(&client, Profile::Usual), []);
        }
    }

    #[test]
    fn message_signing_needs_keys_to_sign_with() {
        let mut keyless = good();
        keyless.metadata.jwks = None;
        assert_eq!(lacks(&keyless, Profile::Fapi2), []);
        assert_eq!(lacks(&keyless, Profile::Fapi2MessageSigning), [("jwks", "5.3.1 (1)")]);
        keyless.metadata.jwks_uri = Some("https://shop.example.test/jwks".into());
        assert_eq!(lacks(&keyless, Profile::Fapi2MessageSigning), []);
    }

    #[test]
    fn a_key_that_does_not_say_what_it_is_for_may_do() {
        let mut open = good();
        open.metadata.jwks = Some(json!({ "keys": [{ "kty": "RSA" }] })); // PS256 is done with it
        assert_eq!(lacks(&open, Profile::Fapi2), []);
    }
}
