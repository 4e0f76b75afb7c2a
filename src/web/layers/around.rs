//! The order of things around every request: admit, answer in time, dress, count, log.

use std::{net::IpAddr, sync::Arc, time::Instant};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time::timeout;

use super::{Noted, PageRules, Tally, admission, cors, headers, panics::caught};
use crate::{
    kernel::{CertificateChain, Code, Error, Fault, Refusal, id::RequestId},
    web::{
        Caching, Cors, Endpoint, Face, Surface, extract,
        forwarding::{self, Forwarding},
        reply,
        server::{Handshake, Peer},
    },
};

const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Where a request goes: an endpoint, or a path that is not served.
#[derive(Clone)]
pub struct Place {
    /// The web face.
    pub face: Arc<Face>,
    /// The endpoint, if the path is served.
    pub endpoint: Option<&'static Endpoint>,
    /// Its counters.
    pub tally: Arc<Tally>,
}

/// What a request carries once it has come in; extractors read it from the extensions.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The web face.
    pub face: Arc<Face>,
    /// The address of the device that asks, where a connection is known.
    pub address: Option<IpAddr>,
    /// The certificate that the client showed, if it did.
    pub certificate: Option<CertificateChain>,
    /// The request's identifier.
    pub id: RequestId,
    /// What is learned on the way.
    pub noted: Arc<Noted>,
}

/// Everything that happens around one request.
pub async fn around(State(place): State<Place>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let forwarding = place.forwarding(&request);
    let arrival = Arrival {
        face: place.face.clone(),
        certificate: place.certificate(&request),
        address: forwarding.as_ref().map(|forwarding| forwarding.client),
        id: RequestId::fresh(),
        noted: Arc::default(),
    };
    let method = request.method().clone();
    let origin = request.headers().get(header::ORIGIN).cloned();
    let surface = place.surface(&request);
    let preflight = place.endpoint.filter(|endpoint| cors::is_preflight(endpoint, &method, request.headers()));

    let mut answer = match (place.admit(&request, forwarding.as_ref()), preflight) {
        (Err(refusal), _) => {
            if refusal.code == Code::TooLarge && !request.headers().contains_key(header::EXPECT) {
                extract::discard(request.into_body()).await;
            }
            Error::from(refusal).into_response()
        }
        (Ok(()), Some(endpoint)) => {
            let mut answer = StatusCode::NO_CONTENT.into_response();
            cors::preflight(endpoint, answer.headers_mut());
            answer
        }
        (Ok(()), None) => {
            request.extensions_mut().insert(arrival.clone());
            place.in_time(&arrival, next.run(request)).await
        }
    };
    let error = reply::unanswered(&mut answer);
    if let Some(error) = &error {
        answer = reply::answer(&place.face, surface, error, arrival.id, arrival.noted.presented(), answer);
        if let (Some(endpoint), StatusCode::METHOD_NOT_ALLOWED) = (place.endpoint, answer.status())
            && let Ok(allow) = HeaderValue::from_str(&endpoint.allow())
        {
            answer.headers_mut().insert(header::ALLOW, allow);
        }
    }
    place.dress(&mut answer, surface, origin.as_ref(), preflight.is_some(), &arrival);
    place.tally.count(answer.status(), started.elapsed());
    place.log(&method, &answer, &arrival, error.as_deref(), started);
    answer
}

impl Place {
    fn surface(&self, request: &Request) -> Surface {
        self.endpoint.map_or_else(|| Surface::of_unknown(request.uri().path()), |endpoint| endpoint.surface)
    }

    fn forwarding(&self, request: &Request) -> Option<Forwarding> {
        let peer = request.extensions().get::<Peer>()?.0.ip();
        Some(forwarding::judge(peer, request.headers(), &self.face.app.config.server.trusted_proxies))
    }

    fn certificate(&self, request: &Request) -> Option<CertificateChain> {
        let (settings, proxies) = (&self.face.app.config.mtls, &self.face.app.config.server.trusted_proxies);
        let peer = request.extensions().get::<Peer>()?.0.ip();
        let handshake = request.extensions().get::<Handshake>();
        forwarding::certificate(peer, request.headers(), handshake, settings, proxies)
    }

    fn admit(&self, request: &Request, forwarding: Option<&Forwarding>) -> Result<(), Refusal> {
        let config = &self.face.app.config;
        admission::judge_uri(request.uri())?;
        // Probes come by address, and learn nothing that depends on the host.
        if !request.uri().path().starts_with("/health") {
            let asked = match forwarding.and_then(|forwarding| forwarding.host.as_ref()) {
                Some(host) => admission::forwarded_host(host)?,
                None => admission::host(request.uri(), request.headers())?,
            };
            let pages = self.surface(request) == Surface::Page;
            let for_clients = request.extensions().get::<Handshake>().is_some();
            admission::judge_host(config, &asked, pages, for_clients)?;
        }
        if let Some(endpoint) = self.endpoint
            && !endpoint.takes(request.method())
            && !cors::is_preflight(endpoint, request.method(), request.headers())
        {
            return Err(Code::MethodNotAllowed.because(format!("This path takes {}.", endpoint.allow())));
        }
        admission::judge_length(
            request.headers(),
            config.server.json_limit.as_usize().max(config.server.form_limit.as_usize()),
        )
    }

    /// The answer, or a refusal when it takes too long.
    async fn in_time(&self, arrival: &Arrival, answer: impl Future<Output = Response>) -> Response {
        match timeout(self.face.app.config.server.request_timeout.std(), caught(answer)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(fault)) => Error::from(fault).into_response(),
            Err(_) if arrival.noted.is_receiving() => {
                Error::from(Code::RequestTimeout.because("The body did not arrive in time.")).into_response()
            }
            Err(late) => Error::from(Fault::unavailable("an answer in time", late)).into_response(),
        }
    }

    fn dress(
        &self,
        answer: &mut Response,
        surface: Surface,
        origin: Option<&HeaderValue>,
        preflight: bool,
        arrival: &Arrival,
    ) {
        let status = answer.status();
        let mut rules = answer.extensions_mut().remove::<PageRules>().unwrap_or_default();
        rules.opener_kept = arrival.noted.keeps_opener();
        let (cors, caching) =
            self.endpoint.map_or((Cors::None, Caching::NoStore), |endpoint| (endpoint.cors, endpoint.caching));
        let to = answer.headers_mut();
        headers::dress(surface, caching, self.face.app.config.issuer.is_https(), status, &rules, to);
        cors::dress(cors, origin, preflight || arrival.noted.may_origin_read(), to);
        for cookie in arrival.noted.cookies() {
            to.append(header::SET_COOKIE, cookie);
        }
        if let Some(nonce) = arrival.noted.dpop_nonce() {
            to.insert(DPOP_NONCE, nonce.clone());
        }
        if let Ok(id) = HeaderValue::from_str(&arrival.id.to_string()) {
            to.insert(X_REQUEST_ID, id);
        }
    }

    /// One line per request. The route, never the address: queries hold codes and hints.
    fn log(&self, method: &Method, answer: &Response, arrival: &Arrival, error: Option<&Error>, started: Instant) {
        let refusal = error.and_then(Error::refusal).map(ToString::to_string);
        tracing::info!(
            request_id = %arrival.id,
            method = %method,
            route = self.endpoint.map_or("elsewhere", |endpoint| endpoint.path),
            status = answer.status().as_u16(),
            ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            user = arrival.noted.known_user().map(|user| user.to_string()),
            client = arrival.noted.known_client(),
            refusal,
            "request"
        );
    }
}
