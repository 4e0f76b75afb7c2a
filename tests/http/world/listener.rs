//! The server of an application: keeps what is posted to it, and answers as it is told.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU16, Ordering},
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode, header},
    routing::post,
};
use signet::{app::Operation, config::Config, kernel::Caller};
use tokio::{net::TcpListener, task::JoinHandle};

use super::World;

/// A server on loopback, for as long as it is kept.
pub struct Listener {
    /// Where it listens: `http://127.0.0.1:…`.
    pub origin: String,
    posts: Arc<Mutex<Vec<Posted>>>,
    status: Arc<AtomicU16>,
    task: JoinHandle<()>,
}

/// What was posted once: a form, as a rule.
#[derive(Debug, Clone)]
pub struct Posted {
    pub headers: HeaderMap,
    pub fields: Vec<(String, String)>,
    /// The body as it came.
    pub body: String,
}

impl Listener {
    /// Takes forms at any path `/{…}`, with 200 until it is told otherwise.
    pub async fn start() -> Self {
        let (posts, status) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicU16::new(200)));
        let (kept, answer) = (posts.clone(), status.clone());
        let take = async move |headers: HeaderMap, body: Bytes| {
            let fields = form_urlencoded::parse(&body).into_owned().collect();
            let body = String::from_utf8(body.to_vec()).unwrap();
            kept.lock().unwrap().push(Posted { headers, fields, body });
            let status = StatusCode::from_u16(answer.load(Ordering::SeqCst)).unwrap();
            (status, [(header::LOCATION, "/elsewhere")])
        };
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", socket.local_addr().unwrap());
        let router = Router::new().route("/{path}", post(take));
        let task = tokio::spawn(async { axum::serve(socket, router).await.unwrap() });
        Self { origin, posts, status, task }
    }

    /// Answers with this status from now on.
    pub fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Everything that was posted, in order.
    pub fn posts(&self) -> Vec<Posted> {
        self.posts.lock().unwrap().clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A setting for worlds whose applications have servers on loopback.
pub fn with_local_servers(config: &mut Config) {
    config.http.allow_private_targets = true;
}

impl World {
    /// An operation, as the clockwork asks for it.
    pub async fn job<O: Operation>(&self, operation: O) -> O::Output {
        self.app.perform(Caller::job(self.tenant()), operation).await.unwrap()
    }
}
