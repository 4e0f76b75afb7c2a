//! The line to Redis: one multiplexed connection, dialed anew when it breaks, falls silent or leads to a replica.
//!
//! The library's own `ConnectionManager` does not know Sentinel, keeps a silent connection for as long as the kernel
//! does (a machine that vanished: a quarter of an hour), and answers the first call after an outage with an old error.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Cmd, ErrorKind, Pipeline, PushInfo, PushKind, RedisError, RedisFuture, RedisResult,
    ServerErrorKind, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster::ClusterClientBuilder,
    cluster_async::ClusterConnection,
    sentinel::SentinelClient,
};
use tokio::{sync, time};

use super::super::topic::Topics;
use super::form::Form;

/// How long to wait between two attempts to reach a Redis that is away.
const REDIAL: Duration = Duration::from_millis(200);

/// A line, shared by all callers.
pub(super) struct Line {
    form: Form,
    timeout: Duration,
    prefix: String,
    topics: Topics,
    current: Mutex<Option<Wire>>,
    // One caller dials; the others wait for the outcome.
    dialing: sync::Mutex<()>,
    dialed: AtomicU64,
    redialing: AtomicBool,
    // Only to say once that Redis went away, and once that it is back.
    away: AtomicBool,
    me: Weak<Self>,
}

/// A connection that works as far as we know, and which dialing made it.
#[derive(Clone)]
struct Wire {
    number: u64,
    link: Link,
}

/// The two kinds of connection that the library has.
#[derive(Clone)]
pub(super) enum Link {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl ConnectionLike for Link {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(link) => link.req_packed_command(cmd),
            Self::Cluster(link) => link.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(link) => link.req_packed_commands(pipeline, offset, count),
            Self::Cluster(link) => link.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(link) => link.get_db(),
            Self::Cluster(link) => link.get_db(),
        }
    }
}

impl Link {
    async fn subscribe(&mut self, channel: String) -> RedisResult<()> {
        match self {
            Self::One(link) => link.subscribe(channel).await,
            Self::Cluster(link) => link.subscribe(channel).await,
        }
    }
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// Redis, or the way to it, said so.
    #[error(transparent)]
    Redis(#[from] RedisError),
    /// Nothing was said in time.
    #[error("no answer within {0:?}")]
    Silence(Duration),
}

impl Line {
    /// A line that begins to dial by itself. Channels are `prefix` and the topic.
    pub(super) fn new(form: Form, timeout: Duration, prefix: String) -> Arc<Self> {
        let line = Arc::new_cyclic(|me| Self {
            form,
            timeout,
            prefix,
            topics: Topics::default(),
            current: Mutex::default(),
            dialing: sync::Mutex::default(),
            dialed: AtomicU64::new(0),
            redialing: AtomicBool::new(false),
            away: AtomicBool::new(false),
            me: me.clone(),
        });
        line.redial();
        line
    }

    /// Those who listen here.
    pub(super) fn topics(&self) -> &Topics {
        &self.topics
    }

    /// Does one thing over the line, once, within the timeout.
    pub(super) async fn call<T, F>(&self, what: impl FnOnce(Link) -> F) -> Result<T, Trouble>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let mut used = None;
        let answer = time::timeout(self.timeout, async {
            let wire = self.wire().await?;
            used = Some(wire.number);
            what(wire.link).await
        });
        let trouble = match answer.await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => Trouble::Redis(error),
            Err(_) => Trouble::Silence(self.timeout),
        };
        if let Some(number) = used
            && breaks_the_line(&trouble)
        {
            self.hang_up(number);
        }
        Err(trouble)
    }

    /// Begins to listen to a topic on the Redis side. Where that does not work now, dialing does it later.
    pub(super) async fn tune_in(&self, topic: &str) {
        let channel = format!("{}{topic}", self.prefix);
        if let Err(trouble) = self.call(|mut link| async move { link.subscribe(channel).await }).await {
            tracing::warn!(error = %trouble, "cannot listen to Redis yet");
        }
    }

    /// The connection, dialed if there is none.
    async fn wire(&self) -> RedisResult<Wire> {
        if let Some(wire) = self.current().clone() {
            return Ok(wire);
        }
        let _turn = self.dialing.lock().await;
        if let Some(wire) = self.current().clone() {
            return Ok(wire);
        }
        let number = self.dialed.fetch_add(1, Ordering::Relaxed) + 1;
        let mut link = self.dial(number).await?;
        for topic in self.topics.names() {
            link.subscribe(format!("{}{topic}", self.prefix)).await?;
        }
        if number > 1 {
            self.topics.tell_missed(); // what was announced since the line broke
        }
        let wire = Wire { number, link };
        *self.current() = Some(wire.clone());
        if self.away.swap(false, Ordering::Relaxed) {
            tracing::info!("Redis is back");
        }
        Ok(wire)
    }

    async fn dial(&self, number: u64) -> RedisResult<Link> {
        let ear = self.ear(number);
        // Calls have their own deadline, which includes the dialing.
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(self.timeout)).set_response_timeout(None);
        Ok(match &self.form {
            Form::One(client) => {
                Link::One(client.get_multiplexed_async_connection_with_config(&config.set_push_sender(ear)).await?)
            }
            Form::Sentinel(sentinels) => {
                let sentinels: &sync::Mutex<SentinelClient> = sentinels;
                let client = sentinels.lock().await.async_get_client().await?;
                Link::One(client.get_multiplexed_async_connection_with_config(&config.set_push_sender(ear)).await?)
            }
            Form::Cluster(nodes) => {
                // No retries: the library's would also repeat a command whose answer was lost.
                let client = ClusterClientBuilder::new(nodes.iter().cloned())
                    .use_protocol(redis::ProtocolVersion::RESP3)
                    .retries(0)
                    .connection_timeout(self.timeout)
                    .response_timeout(self.timeout)
                    .push_sender(ear)
                    .build()?;
                Link::Cluster(client.get_async_connection().await?)
            }
        })
    }

    /// What hears the server's unasked messages on the connection of that number.
    fn ear(&self, number: u64) -> impl Fn(PushInfo) -> Result<(), ()> + Send + Sync + 'static {
        let me = self.me.clone();
        move |push| {
            let line = me.upgrade().ok_or(())?;
            match (push.kind, push.data.as_slice()) {
                // A cluster mends its own connections; some announcement may have been lost meanwhile.
                (PushKind::Disconnection, _) if matches!(line.form, Form::Cluster(_)) => line.topics.tell_missed(),
                (PushKind::Disconnection, _) => line.hang_up(number),
                (PushKind::Message, [Value::BulkString(channel), Value::BulkString(message)]) => {
                    let topic =
                        std::str::from_utf8(channel).ok().and_then(|channel| channel.strip_prefix(&line.prefix));
                    if let Some(topic) = topic {
                        line.topics.tell(topic, message);
                    }
                }
                _ => {}
            }
            Ok(())
        }
    }

    /// Gives up a connection, unless it has been replaced already.
    fn hang_up(&self, number: u64) {
        let mut current = self.current();
        if current.as_ref().is_some_and(|wire| wire.number == number) {
            *current = None;
            drop(current);
            self.redial();
        }
    }

    /// Dials in the background until someone is there: listeners must not depend on somebody else's call.
    fn redial(&self) {
        if self.redialing.swap(true, Ordering::AcqRel) {
            return;
        }
        let me = self.me.clone();
        tokio::spawn(async move {
            while let Some(line) = me.upgrade() {
                match time::timeout(line.timeout, line.wire()).await {
                    Ok(Ok(_)) => {
                        line.redialing.store(false, Ordering::Release);
                        // Broken again before the flag was down: that call saw it up and left it to us.
                        if line.current().is_some() || line.redialing.swap(true, Ordering::AcqRel) {
                            return;
                        }
                    }
                    Ok(Err(error)) => line.note_away(&Trouble::Redis(error)),
                    Err(_) => line.note_away(&Trouble::Silence(line.timeout)),
                }
                drop(line); // a store that nobody uses any more must not be kept by its redialing
                time::sleep(REDIAL).await;
            }
        });
    }

    fn note_away(&self, trouble: &Trouble) {
        if !self.away.swap(true, Ordering::Relaxed) {
            tracing::warn!(error = %trouble, "Redis is away");
        }
    }

    fn current(&self) -> MutexGuard<'_, Option<Wire>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the next call should dial anew. A master that became a replica answers reads and refuses writes: the name, or
/// Sentinel, knows the new one.
fn breaks_the_line(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Silence(_) => true,
        Trouble::Redis(error) => {
            error.is_unrecoverable_error()
                || error.is_timeout()
                || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_a_silent_and_a_demoted_server_break_the_line_and_a_refused_command_does_not() {
        let broken = RedisError::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert!(breaks_the_line(&broken.into()));
        assert!(breaks_the_line(&Trouble::Silence(Duration::from_secs(1))));
        let server = |kind| Trouble::Redis(RedisError::from((ErrorKind::Server(kind), "no")));
        assert!(breaks_the_line(&server(ServerErrorKind::ReadOnly)));
        assert!(!breaks_the_line(&server(ServerErrorKind::NoScript)));
        assert!(!breaks_the_line(&server(ServerErrorKind::ResponseError)));
    }
}
