//! An assertion that is presented: whose it is, and what kind.

use keys::Foreign;
use serde_json::Value;

use crate::{
    app::Cx,
    domain::{
        clients::Client,
        issuers::{self, Believed, Expected, Use},
        oauth::token::ID_JAG,
    },
    kernel::{Code, Error, Result},
};

/// The kinds of assertions, told apart by their `typ` (RFC 8725 §3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// RFC 7523 §3.
    Plain,
    /// draft-ietf-oauth-identity-assertion-authz-grant §3.
    IdJag,
}

impl Kind {
    /// Its name in the audit trail.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "jwt",
            Self::IdJag => "id-jag",
        }
    }
}

/// An assertion that was believed.
#[derive(Debug, Clone)]
pub struct Presented {
    /// What kind it is.
    pub kind: Kind,
    /// What it says, and by whose word.
    pub believed: Believed,
}

/// Believes an assertion that `client` presents.
///
/// # Errors
/// `invalid_grant` where it is not good here, for this client (RFC 7523 §3.1).
pub async fn present(cx: &Cx, client: &Client, assertion: &str) -> Result<Presented> {
    let foreign = Foreign::parse(assertion).map_err(|invalid| refused(&invalid.to_string()))?;
    let kind = if foreign.is_type(&[ID_JAG]) { Kind::IdJag } else { Kind::Plain };
    let issuer = foreign.claimed("iss").map_err(|invalid| refused(&invalid.to_string()))?;
    let issuer = issuer.ok_or_else(|| refused("nobody's"))?;
    let tenant = cx.tenant();
    let token_endpoint = tenant.url("/oauth2/token");
    let expected = match kind {
        Kind::Plain => Expected {
            used: Use::JwtBearer,
            types: &["JWT"],
            // RFC 7523 §3: the issuer or the token endpoint; and what was agreed upon with the issuer.
            audiences: &[&tenant.issuer, &token_endpoint],
            agreed: true,
            sole: false,
            svid: false,
            required: &["iss", "sub", "aud", "exp", "jti"],
            lasting: false,
        },
        Kind::IdJag => Expected {
            used: Use::IdJag,
            types: &[ID_JAG],
            // The issuer and nothing else: what another server may redeem too is no grant for this one (§4.4.1).
            audiences: &[&tenant.issuer],
            agreed: false,
            sole: true,
            svid: false,
            required: &["iss", "sub", "aud", "client_id", "jti", "exp", "iat"],
            lasting: false,
        },
    };
    let believed = issuers::believe(cx, &issuer, assertion, &expected).await?;
    let believed = believed.map_err(|why| refused(&why.to_string()))?;
    if !believed.issuer.is_for(&client.client_id) {
        return Err(refused("another client's issuer"));
    }
    // ID-JAG draft §4.4.1: issued for the client that presents it.
    let named = believed.claims.get("client_id").and_then(Value::as_str);
    if kind == Kind::IdJag && named != Some(&client.client_id) {
        return Err(refused("for another client"));
    }
    Ok(Presented { kind, believed })
}

/// One sentence for every reason: whoever forges learns nothing from it.
pub(in crate::domain::oauth) fn refused(hidden: &str) -> Error {
    Code::InvalidGrant.because("the assertion is not one that counts here, for this client, now").hiding(hidden).into()
}
