//! Client authentication by the certificate that the connection was made with (RFC 8705 §2). Whoever shows it has proved in the
//! handshake to hold its key; whose it is, is judged here.

use std::sync::Arc;

use keys::{Anchors, Certificate, Distrusted, ForeignKeys};

use super::{AuthMethod, Certified, Client};
use crate::{app::Cx, kernel::Time};

/// Why a certificate is not believed to be the client's: for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Uncertified {
    /// The connection was made without one.
    #[error("there is no certificate")]
    Absent,
    /// It is not good.
    #[error(transparent)]
    Distrusted(#[from] Distrusted),
    /// The registration names nobody.
    #[error("the client registered no name")]
    NoName,
    /// It names somebody else.
    #[error("the certificate names somebody else")]
    OtherName,
    /// The client registered no keys, or they cannot be had.
    #[error("the client's keys cannot be had: {0}")]
    NoKeys(String),
    /// It is none of the client's.
    #[error("the certificate is none that the client registered")]
    OtherKey,
}

/// Whether the connection was made with a certificate of this client, by the method that it registered.
pub(super) async fn believe(cx: &Cx, client: &Client) -> Result<(), Uncertified> {
    let chain = cx.caller.certificate.as_ref().ok_or(Uncertified::Absent)?;
    let certificate = Certificate::parse(chain.certificates())?;
    match client.token_endpoint_auth_method {
        AuthMethod::TlsClientAuth => judge_issued(&certificate, &cx.app.anchors, &client.metadata.certified, cx.now),
        _ => {
            certificate.judge(cx.now)?;
            if is_registered(cx, client, &certificate).await? { Ok(()) } else { Err(Uncertified::OtherKey) }
        }
    }
}

/// Whether an authority vouches for it, and it names the client (RFC 8705 §2.1).
fn judge_issued(
    certificate: &Certificate,
    anchors: &Anchors,
    registered: &Certified,
    now: Time,
) -> Result<(), Uncertified> {
    let name = registered.name().map_err(|_| Uncertified::NoName)?;
    certificate.judge_issuer(anchors, now)?;
    if certificate.bears(&name) { Ok(()) } else { Err(Uncertified::OtherName) }
}

/// Whether it is among those that the client registered (RFC 8705 §2.2.2). Where it is not, the client may have a new one.
async fn is_registered(cx: &Cx, client: &Client, certificate: &Certificate) -> Result<bool, Uncertified> {
    let away = |error: String| Uncertified::NoKeys(error);
    if let Some(jwks) = &client.metadata.jwks {
        return Ok(ForeignKeys::parse(jwks).map_err(|why| away(why.to_string()))?.certify(certificate));
    }
    let url = client.metadata.jwks_uri.as_deref().ok_or_else(|| away("there are none".into()))?;
    let remote = &cx.app.remote_keys;
    let keys = remote.at(url, cx.now).await.map_err(|why| away(why.to_string()))?;
    if keys.certify(certificate) {
        return Ok(true);
    }
    let newer = remote.newer(url, &keys, cx.now).await.map_err(|why| away(why.to_string()))?;
    let found = newer.certify(certificate);
    if found && !Arc::ptr_eq(&newer, &keys) {
        remote.fruitful(url).await;
    }
    Ok(found)
}
