//! Software statements: what somebody else says of the software that registers itself (RFC 7591 §2.3).

use keys::Foreign;
use serde_json::{Map, Value};

use crate::{
    app::Cx,
    domain::issuers::{self, Disbelief, Expected, Use},
    kernel::{Code, Refusal, Result},
};

/// Claims that are about the JWT, not about the software (RFC 7519 §4.1).
const OF_THE_JWT: &[&str] = &["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// Metadata with what its statement says in it, and the statement itself, which the answer repeats (§3.2.1).
pub(super) struct Stated {
    pub(super) metadata: Map<String, Value>,
    pub(super) statement: Option<String>,
}

/// Believes the statement in a metadata document, if there is one. Issuers are registered by the operator for this use.
///
/// # Errors
/// `invalid_software_statement` where it is not good, `unapproved_software_statement` where its issuer does not count here
/// (§3.2.2).
pub(super) async fn unfold(cx: &Cx, mut metadata: Map<String, Value>) -> Result<Stated> {
    let statement = match metadata.remove("software_statement") {
        None | Some(Value::Null) => return Ok(Stated { metadata, statement: None }),
        Some(Value::String(statement)) => statement,
        Some(_) => return Err(invalid("is not a JWT").into()),
    };
    let foreign = Foreign::parse(&statement).map_err(|why| invalid("is not a JWT").hiding(why.to_string()))?;
    let issuer = foreign.claimed("iss").map_err(|why| invalid("has no issuer").hiding(why.to_string()))?;
    let issuer = issuer.ok_or_else(|| invalid("has no issuer"))?;
    let tenant = cx.tenant();
    let expected = Expected {
        used: Use::SoftwareStatement,
        types: &["JWT"],
        audiences: &[&tenant.issuer, &tenant.url("/oauth2/register")],
        agreed: true,
        sole: false,
        svid: false,
        required: &["iss"],
        lasting: true,
    };
    let claims = match issuers::believe_claims(cx, &issuer, &statement, &expected).await? {
        Ok(claims) => claims,
        Err(Disbelief::Issuer) => {
            let why = "the issuer of the software statement does not count here";
            return Err(Code::UnapprovedSoftwareStatement.because(why).into());
        }
        Err(why) => return Err(invalid("cannot be believed").hiding(why.to_string()).into()),
    };
    Ok(Stated { metadata: over(metadata, claims), statement: Some(statement) })
}

/// What the statement says wins over what stands beside it (§2.3).
fn over(mut metadata: Map<String, Value>, claims: Map<String, Value>) -> Map<String, Value> {
    metadata.extend(claims.into_iter().filter(|(name, _)| !OF_THE_JWT.contains(&name.as_str())));
    metadata.remove("software_statement"); // one within another says nothing
    metadata
}

fn invalid(why: &str) -> Refusal {
    Code::InvalidSoftwareStatement.because(format!("the software_statement {why}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_statement_wins_and_its_own_claims_are_no_metadata() {
        let object = |value: Value| value.as_object().cloned().unwrap();
        let beside = object(json!({ "client_name": "Bank", "redirect_uris": ["https://shop.example.test/cb"] }));
        let said = object(json!({
            "iss": "https://directory.example.test", "sub": "x", "aud": "y", "exp": 1, "nbf": 1, "iat": 1, "jti": "z",
            "client_name": "Shop", "software_id": "4NRB1", "software_statement": "a.b.c",
        }));
        let expected = json!({
            "client_name": "Shop", "redirect_uris": ["https://shop.example.test/cb"], "software_id": "4NRB1",
        });
        assert_eq!(Value::from(over(beside, said)), expected);
    }
}
