//! `/health`: is the process up, and can it do its work.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Extension, Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use tokio::{sync::Mutex, time::timeout};

use crate::{
    app::App,
    domain::mail::{MailDepth, ShowMailDepth},
    kernel::{Caller, Code, Error, Result},
    web::{Caching, Endpoint, layers::Arrival},
};

/// `/health`: everything, for people and monitors.
pub const HEALTH: Endpoint = Endpoint::system("/health", Caching::NoStore, || get(ready));
/// `/health/live`: the process answers. A supervisor restarts it when it does not.
pub const LIVE: Endpoint = Endpoint::system("/health/live", Caching::NoStore, || get(live));
/// `/health/ready`: it can do its work. A load balancer sends no requests while it cannot.
pub const READY: Endpoint = Endpoint::system("/health/ready", Caching::NoStore, || get(ready));

/// How long one look at a dependency may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an answer is good: monitors that ask faster cost nothing.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// How long a mail may wait before the queue counts as late.
const LATE: Duration = Duration::from_secs(15 * 60);

/// The last report. Those who ask while one is made wait for it.
#[derive(Debug, Default)]
pub struct HealthProbe(Mutex<Option<(Instant, Arc<Report>)>>);

/// How the service is.
#[derive(Debug, Clone, Serialize)]
struct Report {
    /// `up` when every needed dependency is.
    status: State,
    version: &'static str,
    uptime_seconds: u64,
    checks: Checks,
}

#[derive(Debug, Clone, Serialize)]
struct Checks {
    database: Look<&'static str>,
    ephemeral: Look<&'static str>,
    keys: Look<usize>,
    mail: Look<MailDepth>,
}

impl fmt::Display for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { database, ephemeral, keys, mail } = self;
        let (database, ephemeral, keys, mail) = (database.state, ephemeral.state, keys.state, mail.state);
        write!(f, "database {database:?}, ephemeral {ephemeral:?}, keys {keys:?}, mail {mail:?}")
    }
}

/// One dependency.
#[derive(Debug, Clone, Serialize)]
struct Look<D> {
    state: State,
    latency_ms: f64,
    /// What it is, or how much of it there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<D>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Up,
    /// It works, but not as fast as it should. The service does its work.
    Late,
    Down,
}

async fn live() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "up" }))
}

async fn ready(Extension(arrival): Extension<Arrival>) -> Response {
    let face = &arrival.face;
    let mut last = face.health.0.lock().await;
    let report = match &*last {
        Some((at, report)) if at.elapsed() < GOOD_FOR => report.clone(),
        previous => {
            let report = Arc::new(look(&face.app, face.started).await);
            let before = previous.as_ref().map_or(State::Up, |(_, report)| report.status);
            if before != report.status {
                tracing::warn!(checks = %report.checks, "health is now {:?}", report.status);
            }
            *last = Some((Instant::now(), report.clone()));
            report
        }
    };
    let mut answer = Json(&*report).into_response();
    if report.status == State::Down {
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        answer.headers_mut().insert(header::RETRY_AFTER, GOOD_FOR.as_secs().into()); // then it is looked at again
    }
    answer
}

async fn look(app: &Arc<App>, started: Instant) -> Report {
    let (database, ephemeral, keys, mail) = tokio::join!(
        look_at(PATIENCE, app.db.ping(), |()| (State::Up, app.db.kind())),
        look_at(PATIENCE, async { app.ephemeral.ping().await.map_err(Error::from) }, |_| {
            (State::Up, if app.ephemeral.is_shared() { "redis" } else { "memory" })
        }),
        look_at(PATIENCE, async { count_keys(app) }, |count| (State::Up, count)),
        look_at(PATIENCE, mail_depth(app), |depth| (judge_mail(&depth), depth)),
    );
    let checks = Checks { database, ephemeral, keys, mail };
    Report {
        status: checks.judge(),
        version: env!("CARGO_PKG_VERSION"),
        uptime_seconds: started.elapsed().as_secs(),
        checks,
    }
}

/// Looks at one dependency, for at most `patience`.
async fn look_at<T, D>(
    patience: Duration,
    ask: impl Future<Output = Result<T>>,
    read: impl FnOnce(T) -> (State, D),
) -> Look<D> {
    let began = Instant::now();
    let answer = timeout(patience, ask).await;
    let latency_ms = (began.elapsed().as_micros() as f64) / 1000.0;
    match answer {
        Ok(Ok(value)) => {
            let (state, detail) = read(value);
            Look { state, latency_ms, detail: Some(detail) }
        }
        Ok(Err(_)) | Err(_) => Look { state: State::Down, latency_ms, detail: None },
    }
}

/// How many algorithms can sign now, over all tenants.
fn count_keys(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let mut count = 0;
    for tenant in app.all_tenants() {
        count += app.keyrings.of(tenant.id)?.algorithms(now).len();
    }
    if count == 0 { Err(Code::NotFound.into()) } else { Ok(count) }
}

async fn mail_depth(app: &Arc<App>) -> Result<MailDepth> {
    app.perform(Caller::job(app.tenant("")?), ShowMailDepth).await
}

fn judge_mail(depth: &MailDepth) -> State {
    if depth.oldest_pending_seconds > LATE.as_secs() { State::Late } else { State::Up }
}

impl Checks {
    /// Down when something is down that every request may need. Mail can wait.
    fn judge(&self) -> State {
        if [self.database.state, self.ephemeral.state, self.keys.state].contains(&State::Down) {
            State::Down
        } else if self.mail.state == State::Up {
            State::Up
        } else {
            State::Late
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks(database: State, mail: State) -> Checks {
        Checks {
            database: Look { state: database, latency_ms: 0.1, detail: Some("sqlite") },
            ephemeral: Look { state: State::Up, latency_ms: 0.1, detail: Some("memory") },
            keys: Look { state: State::Up, latency_ms: 0.1, detail: Some(2) },
            mail: Look { state: mail, latency_ms: 0.1, detail: None },
        }
    }

    #[test]
    fn mail_can_wait_and_the_database_cannot() {
        assert_eq!(checks(State::Up, State::Up).judge(), State::Up);
        assert_eq!(checks(State::Up, State::Late).judge(), State::Late);
        assert_eq!(checks(State::Up, State::Down).judge(), State::Late);
        assert_eq!(checks(State::Down, State::Up).judge(), State::Down);
    }

    #[tokio::test]
    async fn a_dependency_that_does_not_answer_is_down() {
        let look = look_at(Duration::from_millis(1), std::future::pending::<Result<()>>(), |()| (State::Up, ())).await;
        assert_eq!(look.state, State::Down);
        let look = look_at(PATIENCE, async { Ok(()) }, |()| (State::Up, ())).await;
        assert_eq!(look.state, State::Up);
    }
}
