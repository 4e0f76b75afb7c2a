//! What the openidconnect crate speaks HTTP with: a small blocking client that trusts the tests' own authority and follows no
//! redirect.

use std::{env, error::Error, fs, sync::Arc};

use openidconnect::{HttpRequest, HttpResponse, http::Method};
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};

pub fn agent() -> Result<Agent, Box<dyn Error>> {
    let authority = Certificate::from_pem(&fs::read(env::var("AUTHORITY")?)?)?;
    let tls = TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(vec![authority]))).build();
    let config = Agent::config_builder().tls_config(tls).http_status_as_error(false).max_redirects(0);
    Ok(config.build().into())
}

pub fn send(agent: &Agent, request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
    let answer = match request.method() {
        &Method::GET => agent.run(request.map(|_| ()))?,
        _ => agent.run(request)?,
    };
    let (head, mut body) = answer.into_parts();
    Ok(HttpResponse::from_parts(head, body.read_to_vec()?))
}
