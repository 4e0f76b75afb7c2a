//! Whether PostgreSQL takes connections: while it does not, nobody waits for one.

use std::{
    fmt,
    io::ErrorKind,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    DbErr, RuntimeErr, SqlxError,
    sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions},
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::fault::is_unavailable;

/// How long a statement, and the wait for its connection, may take before it is asked whether the server is there at all. Slow
/// statements go on: only the answer "away" ends them.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long a new connection is waited for; a server that is silent that long is not asked further.
const GREETING: Duration = Duration::from_secs(2);
/// How long a server that is away is left alone between two attempts.
const PAUSE: Duration = Duration::from_millis(250);
/// How long the answer "it is there" is believed: under load much is slow, and it is not asked each time.
const BELIEF: Duration = Duration::from_secs(1);

/// The circuit of one database. Without it each request that needs a row would wait `database.acquire_timeout` for its 503, because
/// the pool hopes that a server that refuses connections is about to start.
#[derive(Clone)]
pub(super) struct Circuit {
    server: Arc<PgConnectOptions>,
    /// Why the server is away; none while it is there.
    away: watch::Sender<Option<Arc<str>>>,
    probing: Arc<AtomicBool>,
}

impl fmt::Debug for Circuit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Circuit").field("away", &self.away.borrow()).finish_non_exhaustive()
    }
}

impl Circuit {
    /// The circuit of the server that a `postgres://` address names, which is believed to be there.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub(super) fn of(url: &str) -> Result<Self, DbErr> {
        let server: PgConnectOptions =
            url.parse().map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))?;
        Ok(Self { server: Arc::new(server), away: watch::Sender::new(None), probing: Arc::default() })
    }

    /// Runs what needs a connection; says at once that there is none while the server is away, also to who waits already.
    ///
    /// # Errors
    /// Those of the statement, and `DbErr::Conn` while the server is away.
    pub(super) async fn guard<T>(&self, statement: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let mut away = self.away.subscribe();
        if let Some(why) = away.borrow().as_deref() {
            return Err(gone(why));
        }
        let mut statement = pin!(statement);
        let done = tokio::select! {
            done = &mut statement => done,
            () = sleep(PATIENCE) => {
                self.probe();
                tokio::select! {
                    biased;
                    done = &mut statement => done,
                    Ok(why) = away.wait_for(Option::is_some) => return Err(gone(why.as_deref().unwrap_or_default())),
                }
            }
        };
        if done.as_ref().err().is_some_and(is_unavailable) {
            self.probe();
        }
        done
    }

    /// Finds out, aside, whether the server is there, and waits for it if it is not. One at a time.
    fn probe(&self) {
        if self.probing.swap(true, Ordering::AcqRel) {
            return;
        }
        let circuit = self.clone();
        tokio::spawn(async move {
            while let Err(why) = circuit.greet().await {
                let first = circuit.away.send_if_modified(|away| away.replace(why.into()).is_none());
                if first {
                    tracing::warn!(error = circuit.away.borrow().as_deref(), "PostgreSQL is away");
                }
                sleep(PAUSE).await;
            }
            if circuit.away.send_replace(None).is_some() {
                tracing::info!("PostgreSQL is back");
            }
            sleep(BELIEF).await;
            circuit.probing.store(false, Ordering::Release);
        });
    }

    /// Opens a connection of its own and closes it; the error in words where the server is away. Silence is none: a server with
    /// more to do than it can is slow to greet, and whoever waits for it may still be served.
    async fn greet(&self) -> Result<(), String> {
        match timeout(GREETING, self.server.connect()).await {
            Ok(Ok(connection)) => {
                let _ = connection.close().await; // it has greeted us: that was all
                Ok(())
            }
            Ok(Err(error)) if is_away(&error) => Err(error.to_string()),
            Ok(Err(_)) | Err(_) => Ok(()),
        }
    }
}

/// Whether a failed connection proves that nobody could have one. What the server itself says is the business of whoever asked, and
/// our own want of file descriptors says nothing about it.
fn is_away(error: &SqlxError) -> bool {
    use ErrorKind as Kind;
    match error {
        SqlxError::Io(error) => matches!(
            error.kind(),
            Kind::ConnectionRefused
                | Kind::ConnectionReset
                | Kind::ConnectionAborted
                | Kind::BrokenPipe
                | Kind::UnexpectedEof
                | Kind::HostUnreachable
                | Kind::NetworkUnreachable
                | Kind::NetworkDown
                | Kind::NotFound
        ),
        SqlxError::Database(error) => error.code().is_some_and(|code| is_starting_or_stopping(&code)),
        _ => false,
    }
}

/// 57P01 admin_shutdown, 57P02 crash_shutdown, 57P03 cannot_connect_now.
fn is_starting_or_stopping(code: &str) -> bool {
    code.starts_with("57P0")
}

fn gone(why: &str) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(why.to_owned()))
}

#[cfg(test)]
mod tests {
    use tokio::{net::TcpListener, time::Instant};

    use super::*;

    /// An address where nobody listens: the port was ours a moment ago.
    async fn nowhere() -> Circuit {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        Circuit::of(&format!("postgres://nobody@127.0.0.1:{port}/none")).unwrap()
    }

    async fn never() -> Result<(), DbErr> {
        std::future::pending().await
    }

    #[tokio::test]
    async fn who_waits_is_told_and_who_comes_later_does_not_wait() {
        let circuit = nowhere().await;
        let began = Instant::now();
        assert!(is_unavailable(&circuit.guard(never()).await.unwrap_err()));
        assert!(began.elapsed() >= PATIENCE, "a slow statement is left alone at first");
        let told = circuit.guard(never()).await.unwrap_err().to_string();
        assert!(told.contains("refused"), "{told}");
        let later = circuit.guard(async { Ok(1) }).await;
        assert!(later.is_err(), "the statement is not even begun");
    }

    #[tokio::test]
    async fn a_dead_connection_is_a_reason_to_ask_and_a_refused_statement_is_none() {
        let circuit = nowhere().await;
        let refused = circuit.guard(async { Err::<(), _>(DbErr::RecordNotFound("x".into())) }).await;
        assert!(refused.is_err() && !circuit.probing.load(Ordering::Acquire));
        let dead = circuit.guard(async { Err::<(), _>(gone("the connection was closed")) }).await;
        assert!(dead.unwrap_err().to_string().contains("closed"), "its own words");
        let mut away = circuit.away.subscribe();
        away.wait_for(Option::is_some).await.unwrap();
    }

    #[tokio::test]
    async fn a_server_that_listens_and_says_nothing_may_be_busy() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = silent.local_addr().unwrap().port();
        let circuit = Circuit::of(&format!("postgres://nobody@127.0.0.1:{port}/none")).unwrap();
        let slow = async {
            sleep(PATIENCE + GREETING + Duration::from_millis(100)).await;
            Ok(1)
        };
        assert_eq!(circuit.guard(slow).await.unwrap(), 1);
        assert!(circuit.away.borrow().is_none());
    }

    #[test]
    fn only_what_proves_it_counts_as_away() {
        let io = |kind: ErrorKind| SqlxError::Io(kind.into());
        for kind in [ErrorKind::ConnectionRefused, ErrorKind::ConnectionReset, ErrorKind::HostUnreachable] {
            assert!(is_away(&io(kind)), "{kind:?}");
        }
        for kind in [ErrorKind::TimedOut, ErrorKind::Interrupted, ErrorKind::PermissionDenied] {
            assert!(!is_away(&io(kind)), "{kind:?}");
        }
        let no_descriptors = SqlxError::Io(std::io::Error::from_raw_os_error(24));
        assert!(!is_away(&no_descriptors) && !is_away(&SqlxError::PoolTimedOut));
    }

    #[test]
    fn a_server_that_starts_or_stops_is_away_and_one_that_refuses_the_password_is_not() {
        assert!(is_starting_or_stopping("57P03") && is_starting_or_stopping("57P01"));
        assert!(!is_starting_or_stopping("28P01") && !is_starting_or_stopping("53300"));
    }
}
