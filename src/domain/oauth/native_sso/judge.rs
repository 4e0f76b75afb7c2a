//! Whether an app may sign in by what another one was given (§4.3).

use serde_json::{Map, Value};

use super::device_secret::hash;
use crate::{
    domain::clients::Client,
    kernel::{id::SessionId, secret::Secret},
};

/// What an ID token says about the sign-in that is to be shared.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shared {
    /// The app that it was issued to.
    pub client_id: String,
    /// Whom that app knows.
    pub subject: String,
    /// The session.
    pub session: SessionId,
}

/// Why nothing is shared: for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unshared {
    #[error("the ID token says of no device secret, session or single audience")]
    NotMeant,
    #[error("the device secret belongs to another ID token")]
    OtherSecret,
    #[error("the ID token is of an app that is gone, or not of the same vendor")]
    OtherVendor,
}

/// Reads the claims of an ID token that we signed; the device secret has to be the one that it came with (§4.3, second rule).
pub(super) fn shared(claims: &Map<String, Value>, secret: &Secret) -> Result<Shared, Unshared> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let read = || {
        let shared = Shared {
            client_id: text("aud")?.to_owned(),
            subject: text("sub")?.to_owned(),
            session: text("sid")?.parse().ok()?,
        };
        Some((shared, text("ds_hash")?))
    };
    let (shared, bound_to) = read().ok_or(Unshared::NotMeant)?;
    if bound_to == hash(secret) { Ok(shared) } else { Err(Unshared::OtherSecret) }
}

/// Whether both apps are of one vendor (§4.3, fourth rule): the operator said so, of each of them.
pub(super) fn same_vendor(app: &Client, other: Option<&Client>) -> Result<(), Unshared> {
    let group = app.metadata.native_sso_group.as_ref();
    match other {
        Some(other) if group.is_some() && group == other.metadata.native_sso_group.as_ref() => Ok(()),
        _ => Err(Unshared::OtherVendor),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::clients::testing::client;

    #[test]
    fn an_id_token_and_its_own_secret_belong_together() {
        let (secret, session) = (Secret::new("sgt_ds_a"), SessionId::fresh());
        let good = json!({ "aud": "mail", "sub": "usr_1", "sid": session, "ds_hash": hash(&secret) });
        let judged = |claims: &Value, secret: &Secret| shared(claims.as_object().unwrap(), secret);
        let expected = Shared { client_id: "mail".into(), subject: "usr_1".into(), session };
        assert_eq!(judged(&good, &secret), Ok(expected));
        assert_eq!(judged(&good, &Secret::new("sgt_ds_b")), Err(Unshared::OtherSecret));
        assert_eq!(judged(&good, &Secret::new("")), Err(Unshared::OtherSecret));
        for missing in ["aud", "sub", "sid", "ds_hash"] {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().remove(missing);
            assert_eq!(judged(&claims, &secret), Err(Unshared::NotMeant), "{missing}");
        }
        for (name, odd) in [("aud", json!(["mail"])), ("sid", json!("x")), ("ds_hash", json!(null))] {
            let mut claims = good.clone();
            claims[name] = odd;
            assert_eq!(judged(&claims, &secret), Err(Unshared::NotMeant), "{name}");
        }
    }

    #[test]
    fn only_apps_of_one_vendor_share() {
        let of = |group: Option<&str>| {
            let mut client = client();
            client.metadata.native_sso_group = group.map(str::to_owned);
            client
        };
        assert_eq!(same_vendor(&of(Some("acme")), Some(&of(Some("acme")))), Ok(()));
        for (app, other) in [
            (of(Some("acme")), Some(of(Some("other")))),
            (of(Some("acme")), Some(of(None))),
            (of(None), Some(of(None))),
            (of(None), Some(of(Some("acme")))),
            (of(Some("acme")), None),
        ] {
            assert_eq!(same_vendor(&app, other.as_ref()), Err(Unshared::OtherVendor));
        }
    }
}
