//! Whose scripts may read an answer: those at the redirect URIs of the client that asks.

use std::sync::Arc;

use axum::http::{HeaderMap, header::ORIGIN};

use crate::{app::App, domain::clients::OwnsOrigin, kernel::Result, web::extract::Call};

/// Lets the request's origin read the answer, if it is the client's. Without an `Origin` header nothing is looked up.
pub async fn judge(app: &Arc<App>, call: &Call, headers: &HeaderMap, client_id: Option<&str>) -> Result<()> {
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    if let (Some(origin), Some(client_id)) = (origin, client_id) {
        let question = OwnsOrigin { client_id: client_id.to_owned(), origin: origin.to_owned() };
        if app.perform(call.caller(), question).await? {
            call.noted.let_origin_read();
        }
    }
    Ok(())
}
