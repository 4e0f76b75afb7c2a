//! Accepting connections: bounded in number, in header time and in header size, and drained at the end.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::Request};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};
use tower::ServiceExt;

use super::router;
use crate::app::App;

/// The head of a request, all header lines together. A head is kept per connection while it is read.
const MAX_HEAD: usize = 32 * 1024;
/// Header lines of one request.
const MAX_HEADERS: usize = 100;
/// Requests at once on one HTTP/2 connection.
const MAX_STREAMS: u32 = 128;
/// How long an HTTP/2 peer may be silent before it is asked whether it is there, and then may take to answer.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// The address at the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Serves until `shutdown` is ready; then takes no new connection and gives open requests
/// `config.server.shutdown_grace`.
pub async fn serve(app: Arc<App>, listener: TcpListener, shutdown: impl Future<Output = ()> + Send) {
    let settings = &app.config.server;
    let seats = settings.max_connections;
    let room = Arc::new(Semaphore::new(seats as usize));
    let (stop, stopping) = watch::channel(false);
    let connection = Connection {
        router: router(app.clone()),
        builder: builder(settings.header_timeout.std()),
        header_timeout: settings.header_timeout.std(),
        stopping,
    };
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        // A seat first: connections beyond the limit wait in the kernel's queue, where they cost nothing.
        let accepted = async {
            let seat = room.clone().acquire_owned().await;
            (listener.accept().await, seat)
        };
        tokio::select! {
            () = &mut shutdown => break,
            (accepted, seat) = accepted => match (accepted, seat) {
                (Ok((stream, peer)), Ok(seat)) => drop(tokio::spawn(connection.clone().run(stream, peer, seat))),
                (Err(error), _) => rest(&error).await,
                (Ok(_), Err(_closed)) => break, // nobody closes the semaphore
            },
        }
    }
    drop(listener);
    let _ = stop.send(true); // no connection is left to be told: that is what we wait for
    if timeout(settings.shutdown_grace.std(), room.acquire_many(seats)).await.is_err() {
        tracing::warn!(open = seats as usize - room.available_permits(), "connections were cut at shutdown");
    }
}

/// What every connection starts from.
#[derive(Clone)]
struct Connection {
    router: Router,
    builder: Builder<TokioExecutor>,
    header_timeout: Duration,
    stopping: watch::Receiver<bool>,
}

impl Connection {
    /// Serves one connection until it ends, holding its seat.
    async fn run(mut self, stream: TcpStream, peer: SocketAddr, _seat: OwnedSemaphorePermit) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        let spoken = Arc::new(AtomicBool::new(false));
        let router = self.router;
        let service = service_fn({
            let spoken = spoken.clone();
            move |mut request: Request<Incoming>| {
                spoken.store(true, Ordering::Relaxed);
                request.extensions_mut().insert(Peer(peer));
                router.clone().oneshot(request)
            }
        });
        let serving = self.builder.serve_connection(TokioIo::new(stream), service);
        let mut serving = std::pin::pin!(serving);
        // hyper's own header timer starts when it knows the protocol: a peer that sends less than that would stay for
        // ever.
        let mut first_words = std::pin::pin!(tokio::time::sleep(self.header_timeout));
        let mut waiting = true;
        let mut draining = false;
        loop {
            tokio::select! {
                ended = &mut serving => {
                    if let Err(error) = ended {
                        tracing::debug!(error, "a connection ended early");
                    }
                    return;
                }
                () = &mut first_words, if waiting => {
                    if !spoken.load(Ordering::Relaxed) {
                        return;
                    }
                    waiting = false;
                }
                _ = self.stopping.changed(), if !draining => {
                    draining = true;
                    serving.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

fn builder(header_timeout: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEAD as u32)
        .max_concurrent_streams(MAX_STREAMS)
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE);
    builder
}

/// After a failed `accept`: a peer that went away is nothing; no file descriptors left is a reason to rest.
async fn rest(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "a connection could not be accepted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
