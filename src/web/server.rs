//! Accepting connections: bounded in number, in header time and in header size, and drained at the end.

mod certificate;
mod client_certificate;
mod door;

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
pub use certificate::CertificateError;
pub use door::{Door, Tls};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, timeout},
};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::router;
use crate::{app::App, kernel::CertificateChain};

/// The head of a request, all header lines together. A head is kept per connection while it is read.
const MAX_HEAD: usize = 32 * 1024;
/// Header lines of one request.
const MAX_HEADERS: usize = 100;
/// Requests at once on one HTTP/2 connection.
const MAX_STREAMS: u32 = 128;
/// How long an HTTP/2 peer may be silent before it is asked whether it is there, and then may take to answer.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Longer than any connection.
const FOREVER: Duration = Duration::from_secs(86_400 * 365);
/// At shutdown: how long those who have just connected may take to begin, before they are hung up on.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// At shutdown: how long the kernel's queue may stay empty before the socket is closed, and how long it is emptied at most.
const QUEUE_PAUSE: Duration = Duration::from_millis(10);
const QUEUE_TIME: Duration = Duration::from_millis(200);

/// The address at the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The TLS handshake at a listener that asks clients for certificates.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// What the client showed, if it did.
    pub certificate: Option<CertificateChain>,
}

/// Serves until `shutdown` is ready; then takes no new connection and gives open requests
/// `config.server.shutdown_grace`.
pub async fn serve(app: Arc<App>, door: impl Into<Door>, shutdown: impl Future<Output = ()> + Send) {
    let Door { listener, tls, mtls } = door.into();
    let settings = &app.config.server;
    let seats = settings.max_connections;
    let room = Arc::new(Semaphore::new(seats as usize));
    let (stop, stopping) = watch::channel(false);
    let connection = Connection {
        router: router(app.clone()),
        builder: builder(settings.header_timeout.std()),
        header_timeout: settings.header_timeout.std(),
        write_timeout: settings.write_timeout.std(),
        tls: tls.as_ref().map(|tls| tls.acceptor.clone()),
        asks: false,
        stopping,
    };
    let asking =
        mtls.as_ref().map(|(_, acceptor)| Connection { tls: Some(acceptor.clone()), asks: true, ..connection.clone() });
    // Whoever comes next at either listener, and what their connection starts from.
    let next = async || match (&mtls, &asking) {
        (Some((second, _)), Some(asking)) => tokio::select! {
            accepted = listener.accept() => (accepted, &connection),
            accepted = second.accept() => (accepted, asking),
        },
        _ => (listener.accept().await, &connection),
    };
    let following = tls.map(|tls| tokio::spawn(async move { tls.certificate.follow().await }));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        // A seat first: connections beyond the limit wait in the kernel's queue, where they cost nothing.
        let accepted = async {
            let seat = room.clone().acquire_owned().await;
            (next().await, seat)
        };
        tokio::select! {
            () = &mut shutdown => break,
            ((accepted, connection), seat) = accepted => match (accepted, seat) {
                (Ok((stream, peer)), Ok(seat)) => drop(tokio::spawn(connection.clone().run(stream, peer, seat))),
                (Err(error), _) => rest(&error).await,
                (Ok(_), Err(_closed)) => break, // nobody closes the semaphore
            },
        }
    }
    let _ = stop.send(true); // no connection is left to be told: that is what we wait for
    // Closing the socket resets whoever is still in the kernel's queue. They connected in time: they are answered.
    let emptying = async {
        while let Ok((Ok((stream, peer)), connection)) = timeout(QUEUE_PAUSE, next()).await
            && let Ok(seat) = room.clone().try_acquire_owned()
        {
            drop(tokio::spawn(connection.clone().run(stream, peer, seat)));
        }
    };
    let _ = timeout(QUEUE_TIME, emptying).await; // a queue that never ends is not waited for
    drop(listener);
    drop(mtls);
    if let Some(following) = following {
        following.abort();
    }
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
    write_timeout: Duration,
    tls: Option<TlsAcceptor>,
    /// Whether the client is asked for a certificate.
    asks: bool,
    stopping: watch::Receiver<bool>,
}

impl Connection {
    /// Serves one connection until it ends, holding its seat.
    async fn run(mut self, stream: TcpStream, peer: SocketAddr, _seat: OwnedSemaphorePermit) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
        // hyper waits for ever for a peer that asks and does not read: seats and answers in memory would be held as long as it likes.
        let mut stream = Box::pin(TimeoutStream::new(stream));
        stream.as_mut().set_write_timeout_pinned(Some(self.write_timeout));
        let Some(tls) = self.tls.take() else { return self.converse(stream, peer, None).await };
        let mut stopping = self.stopping.clone();
        let hung_up = async {
            let _ = stopping.changed().await; // a server that is gone stops, too
            tokio::time::sleep(LAST_WORDS).await;
        };
        let agreed = tokio::select! {
            agreed = timeout(self.header_timeout, tls.accept(stream)) => agreed,
            () = hung_up => return,
        };
        match agreed {
            Ok(Ok(stream)) => {
                let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
                let certificate = CertificateChain::new(shown.iter().map(|each| each.to_vec()));
                let handshake = self.asks.then_some(Handshake { certificate });
                self.converse(stream, peer, handshake).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, "TLS was not agreed upon"),
            Err(_late) => tracing::debug!("TLS was not agreed upon in time"),
        }
    }

    /// HTTP on a stream that is ready for it.
    async fn converse(
        mut self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: SocketAddr,
        handshake: Option<Handshake>,
    ) {
        let spoken = Arc::new(AtomicBool::new(false));
        let router = self.router;
        let service = service_fn({
            let spoken = spoken.clone();
            move |mut request: Request<Incoming>| {
                spoken.store(true, Ordering::Relaxed);
                request.extensions_mut().insert(Peer(peer));
                if let Some(handshake) = &handshake {
                    request.extensions_mut().insert(handshake.clone());
                }
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
        let mut last_words = std::pin::pin!(tokio::time::sleep(FOREVER));
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
                    if spoken.load(Ordering::Relaxed) {
                        serving.as_mut().graceful_shutdown();
                    } else {
                        // Its first request may be on the wire already.
                        last_words.as_mut().reset(Instant::now() + LAST_WORDS);
                    }
                }
                () = &mut last_words, if draining => {
                    serving.as_mut().graceful_shutdown();
                    last_words.as_mut().reset(Instant::now() + FOREVER);
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
