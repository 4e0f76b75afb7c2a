//! Whom an `id_token_hint` names (OpenID Connect Core §3.1.2.1).

use crate::{app::Cx, domain::signing, kernel::Result};

/// The subject of an ID token that this issuer made, expired or not, by whichever of its keys; none if it is not one.
pub async fn subject(cx: &Cx, hint: &str) -> Result<Option<String>> {
    let verified = signing::verify_hint(&cx.app, cx.tenant(), hint, cx.now).await?;
    let claims = verified.ok().map(|verified| verified.claims);
    Ok(claims.and_then(|claims| claims.get("sub")?.as_str().map(str::to_owned)))
}
