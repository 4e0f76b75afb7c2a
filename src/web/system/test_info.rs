//! `/test-info`: counts, latencies and error rates, for development or with the operator's token.

use axum::{Extension, Json, http::HeaderMap, routing::get};
use serde::Serialize;

use crate::{
    config::Config,
    domain::census::{Census, TakeCensus},
    kernel::{Caller, Code, Result, secret::Digest, secret::Secret},
    web::{
        Caching, Endpoint,
        extract::bearer,
        layers::{Arrival, Tallied},
    },
};

/// `/test-info`.
pub const TEST_INFO: Endpoint = Endpoint::system("/test-info", Caching::NoStore, || get(show));

#[derive(Serialize)]
struct TestInfo {
    version: &'static str,
    mode: String,
    database: &'static str,
    uptime_seconds: u64,
    requests: u64,
    server_errors: u64,
    error_rate: f64,
    #[serde(flatten)]
    census: Census,
    routes: Vec<Tallied>,
}

async fn show(Extension(arrival): Extension<Arrival>, headers: HeaderMap) -> Result<Json<TestInfo>> {
    let face = &arrival.face;
    let app = &face.app;
    judge(&app.config, bearer(&headers)?.as_ref())?;
    let census = app.perform(Caller::job(app.tenant("")?), TakeCensus).await?;
    let routes = face.tallies.read();
    let requests: u64 = routes.iter().map(|route| route.requests).sum();
    let server_errors: u64 = routes.iter().map(|route| route.server_errors).sum();
    Ok(Json(TestInfo {
        version: env!("CARGO_PKG_VERSION"),
        mode: format!("{:?}", app.config.mode).to_ascii_lowercase(),
        database: app.db.kind(),
        uptime_seconds: face.started.elapsed().as_secs(),
        requests,
        server_errors,
        error_rate: if requests == 0 { 0.0 } else { server_errors as f64 / requests as f64 },
        census,
        routes,
    }))
}

/// Anyone in development; otherwise whoever has the operator's token. Without a token there is no such page.
fn judge(config: &Config, presented: Option<&Secret>) -> Result<()> {
    match (&config.operator.token, presented) {
        _ if !config.is_production() => Ok(()),
        (None, _) => Err(Code::NotFound.into()),
        (Some(_), None) => Err(Code::NotSignedIn.because("This page needs the operator's token.").into()),
        // Digests are compared in constant time.
        (Some(token), Some(presented)) if Digest::of(token.expose().as_bytes()) == presented.digest() => Ok(()),
        (Some(_), Some(_)) => Err(Code::InvalidToken.because("This is not the operator's token.").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Mode, SecretText};

    #[test]
    fn production_shows_it_to_the_operator_only() {
        let token = "t".repeat(32);
        let mut config = Config { mode: Mode::Production, ..Config::default() };
        let code = |config: &Config, presented: Option<&str>| {
            judge(config, presented.map(Secret::new).as_ref())
                .map_err(|error| error.refusal().map(|refusal| refusal.code))
        };
        assert_eq!(code(&config, Some(&token)), Err(Some(Code::NotFound)));
        config.operator.token = Some(SecretText::new(token.clone()));
        assert_eq!(code(&config, Some(&token)), Ok(()));
        assert_eq!(code(&config, Some("wrong")), Err(Some(Code::InvalidToken)));
        assert_eq!(code(&config, None), Err(Some(Code::NotSignedIn)));
        assert_eq!(code(&Config::default(), None), Ok(()));
    }
}
