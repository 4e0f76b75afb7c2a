//! Whom an `id_token_hint` names (OpenID Connect Core §3.1.2.1).

use keys::{Expectation, Expiry, Invalid};

use crate::{app::Cx, domain::signing, kernel::Result};

/// The subject of an ID token that this issuer made, expired or not, by whichever of its keys; none if it is not one. A key
/// that this node has not heard of yet is looked for once.
pub async fn subject(cx: &Cx, hint: &str) -> Result<Option<String>> {
    let tenant = cx.tenant();
    let expectation = Expectation {
        expiry: Expiry::Ignored,
        accept_retired: true,
        ..Expectation::new(&["JWT"], &tenant.issuer, None, &["sub", "aud"])
    };
    let verify = || Ok::<_, crate::kernel::Error>(cx.app.keyrings.of(tenant.id)?.verify(hint, &expectation, cx.now));
    let mut verified = verify()?;
    if matches!(verified, Err(Invalid::UnknownKey)) && signing::learn(&cx.app, tenant.id).await? {
        verified = verify()?;
    }
    let claims = verified.ok().map(|verified| verified.claims);
    Ok(claims.and_then(|claims| claims.get("sub")?.as_str().map(str::to_owned)))
}
