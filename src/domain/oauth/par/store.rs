//! Where pushed requests wait: in the ephemeral store, under the digest of their reference.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    app::Cx,
    domain::{clients::Client, oauth::Parameters},
    kernel::{Code, Fault, Result, id::ClientId, secret::Secret},
};

/// A request that was pushed, by the client that pushed it.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    client: ClientId,
    parameters: Parameters,
}

/// Keeps a request for a while.
pub(super) async fn keep(
    cx: &Cx,
    request_uri: &str,
    client: &Client,
    parameters: Parameters,
    lifetime: Duration,
) -> Result<()> {
    let waiting = Waiting { client: client.id, parameters };
    let bytes = serde_json::to_vec(&waiting).map_err(|error| Fault::broken_by("a request is not JSON", error))?;
    Ok(cx.ephemeral().put(&key(cx, "par", request_uri), &bytes, lifetime).await?)
}

/// The parameters of a request that this client pushed. It can be begun again until it is answered or too old, so that a
/// reloaded page does no harm (RFC 9126 §4).
///
/// # Errors
/// The refusal `invalid_request_uri`, the same for whatever is wrong.
pub async fn find(cx: &Cx, request_uri: &str, client: &Client) -> Result<Parameters> {
    let gone = |hidden: &str| {
        Code::InvalidRequestUri.because("the request_uri is unknown, used or expired").hiding(hidden.to_owned())
    };
    let bytes = cx.ephemeral().get(&key(cx, "par", request_uri)).await?.ok_or_else(|| gone("unknown"))?;
    let waiting: Waiting =
        serde_json::from_slice(&bytes).map_err(|error| Fault::broken_by("a pushed request cannot be read", error))?;
    if waiting.client != client.id {
        return Err(gone("pushed by another client").into());
    }
    Ok(waiting.parameters)
}

/// Uses a request up; true for the first one that does. A sign-in may take longer than the request waits, so that it is used
/// is remembered apart from it, for as long as a flow that began with it may live.
pub async fn spend(cx: &Cx, request_uri: &str) -> Result<bool> {
    let first = cx.ephemeral().claim(&key(cx, "par_used", request_uri), cx.config().tokens.flow_ttl.std()).await?;
    cx.ephemeral().delete(&key(cx, "par", request_uri)).await?;
    Ok(first)
}

fn key(cx: &Cx, kind: &str, request_uri: &str) -> String {
    format!("{kind}:{}:{}", cx.tenant().id.uuid().simple(), Secret::new(request_uri).digest().hex())
}
