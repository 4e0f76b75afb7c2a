//! What an assertion gives at most: pure.

use serde_json::Value;

use super::{Kind, Presented};
use crate::{
    domain::{clients::Client, oauth::scopes::SCOPES},
    kernel::{Code, Refusal, scope::Scopes},
};

/// What is granted, and for which resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The scope.
    pub scope: Scopes,
    /// The resources that the assertion names; none where it leaves them open.
    pub resources: Vec<String>,
}

/// What an assertion gives a client: what the client is registered for and the issuer may give, and no more than the assertion
/// itself says (ID-JAG draft §4.4.1). Nothing that is about a person's account here: nobody signed in.
///
/// # Errors
/// `invalid_scope` where more is asked for, `invalid_grant` where the assertion's own claims are of the wrong type.
pub fn granted(client: &Client, presented: &Presented, asked: Option<&str>) -> Result<Asked, Refusal> {
    let registered = SCOPES.iter().fold(client.scope.clone(), |own, personal| own.without(personal.name));
    let mut most = registered.intersection(&presented.believed.issuer.scope);
    let mut resources = Vec::new();
    if presented.kind == Kind::IdJag {
        let malformed = || Code::InvalidGrant.because("scope or resource in the assertion is malformed");
        let claims = &presented.believed.claims;
        if let Some(scope) = claims.get("scope") {
            let said = Scopes::parse(scope.as_str().ok_or_else(malformed)?).map_err(|_| malformed())?;
            most = most.intersection(&said);
        }
        resources = match claims.get("resource") {
            None => Vec::new(),
            Some(Value::String(one)) => vec![one.clone()],
            Some(several) => serde_json::from_value(several.clone()).map_err(|_| malformed())?,
        };
    }
    let scope = match asked {
        None => most,
        Some(asked) => {
            let asked = Scopes::parse(asked).map_err(|error| Code::InvalidScope.because(error.to_string()))?;
            if !asked.within(&most) {
                return Err(Code::InvalidScope.because("the scope is more than this assertion gives"));
            }
            asked
        }
    };
    Ok(Asked { scope, resources })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        domain::{
            clients::testing,
            issuers::{Believed, Issuer, SubjectMapping, Use},
        },
        kernel::{
            Clock,
            id::{IssuerId, TenantId},
        },
    };

    fn presented(kind: Kind, claims: Value) -> Presented {
        let issuer = Issuer {
            id: IssuerId::fresh(),
            tenant: TenantId::fresh(),
            issuer: "https://idp.example".into(),
            uses: vec![Use::JwtBearer, Use::IdJag],
            jwks: None,
            jwks_uri: None,
            audiences: Vec::new(),
            subject_mapping: SubjectMapping::Link,
            clients: Vec::new(),
            scope: Scopes::parse("openid orders:read orders:write").unwrap(),
            max_lifetime: 3600,
            created_at: Clock::System.now(),
        };
        let claims = claims.as_object().cloned().unwrap();
        Presented { kind, believed: Believed { issuer, subject: "u1".into(), claims } }
    }

    fn given(kind: Kind, claims: Value, asked: Option<&str>) -> Result<(String, Vec<String>), Code> {
        let scope = Scopes::parse("openid offline_access orders:read orders:write stock:read").unwrap();
        let client = Client { scope, ..testing::client() };
        let granted = granted(&client, &presented(kind, claims), asked).map_err(|refusal| refusal.code)?;
        Ok((granted.scope.to_string(), granted.resources))
    }

    #[test]
    fn client_issuer_and_assertion_all_have_to_say_so() {
        let pair = |scope: &str| Ok((scope.to_owned(), Vec::new()));
        assert_eq!(given(Kind::Plain, json!({}), None), pair("orders:read orders:write"));
        assert_eq!(given(Kind::Plain, json!({ "scope": "x" }), Some("orders:read")), pair("orders:read"));
        assert_eq!(given(Kind::IdJag, json!({ "scope": "orders:read x" }), None), pair("orders:read"));
        assert_eq!(given(Kind::IdJag, json!({ "scope": "" }), None), pair(""));
        for more in ["stock:read", "openid", "offline_access", "a\"b"] {
            assert_eq!(given(Kind::Plain, json!({}), Some(more)), Err(Code::InvalidScope), "{more}");
        }
        let narrow = given(Kind::IdJag, json!({ "scope": "orders:read" }), Some("orders:write"));
        assert_eq!(narrow, Err(Code::InvalidScope));
    }

    #[test]
    fn the_assertion_names_its_resources() {
        let of = |resource: Value| given(Kind::IdJag, json!({ "resource": resource }), None).map(|(_, named)| named);
        assert_eq!(of(json!("https://a.test")), Ok(vec!["https://a.test".into()]));
        assert_eq!(of(json!(["https://a.test", "https://b.test"])).unwrap().len(), 2);
        for bad in [json!(7), json!([7]), json!({})] {
            assert_eq!(of(bad.clone()), Err(Code::InvalidGrant), "{bad}");
        }
        assert_eq!(given(Kind::IdJag, json!({ "scope": ["orders:read"] }), None), Err(Code::InvalidGrant));
    }
}
