//! The variable part of a path. What cannot be decoded names nothing that is here.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

use crate::{
    app::App,
    kernel::{Code, Error},
};

/// The text of the one variable part of a path. axum's own extractor would refuse in a shape that is none of ours.
#[derive(Debug, Clone)]
pub struct PathName(pub String);

impl FromRequestParts<Arc<App>> for PathName {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let name = Path::<String>::from_request_parts(parts, app).await;
        let name =
            name.map_err(|rejection| Code::NotFound.because("There is nothing here.").hiding(rejection.body_text()))?;
        Ok(Self(name.0))
    }
}
