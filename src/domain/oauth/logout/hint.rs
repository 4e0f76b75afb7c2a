//! The `id_token_hint` of a logout request: an ID token of this issuer, expired or signed by a retired key (RP-Initiated Logout
//! 1.0 §2).

use serde_json::{Map, Value};

use crate::{
    app::Cx,
    domain::signing,
    kernel::{Code, Result, id::SessionId},
};

/// What a hint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Whose, as the client knows them.
    pub subject: String,
    /// Of which session.
    pub session: Option<SessionId>,
    /// For which client.
    pub client_id: String,
}

impl Hint {
    /// Reads the claims of a verified ID token.
    pub fn read(claims: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let client_id = match claims.get("aud")? {
            Value::String(one) => one.clone(),
            Value::Array(several) if several.len() == 1 => several[0].as_str()?.to_owned(),
            _ => text("azp")?.to_owned(),
        };
        Some(Self {
            subject: text("sub")?.to_owned(),
            session: text("sid").and_then(|sid| sid.parse().ok()),
            client_id,
        })
    }

    /// Verifies a presented one.
    ///
    /// # Errors
    /// `InvalidRequest` where it is none of ours.
    pub async fn verify(cx: &Cx, token: &str) -> Result<Self> {
        let refusal = || Code::InvalidRequest.because("The id_token_hint is not an ID token of this service.");
        let verified = signing::verify_hint(&cx.app, cx.tenant(), token, cx.now).await?;
        let verified = verified.map_err(|invalid| refusal().hiding(invalid.to_string()))?;
        Ok(Self::read(&verified.claims).ok_or_else(refusal)?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_hint_names_one_client() {
        let read = |aud: Value| Hint::read(json!({"sub": "s", "aud": aud}).as_object().unwrap());
        assert_eq!(read(json!("shop")).unwrap().client_id, "shop");
        assert_eq!(read(json!(["shop"])).unwrap().client_id, "shop");
        assert!(read(json!(["shop", "other"])).is_none());
        assert!(read(json!(7)).is_none());
    }
}
