//! A client asks how its request stands (RFC 8628 §3.4, §3.5).

use std::time::Duration;

use super::{Decision, Kind, Request, request::Verdict, store};
use crate::{
    app::Cx,
    domain::clients::Client,
    kernel::{Code, Error, Result, secret::Secret},
    ports::ephemeral::Pace,
};

/// By how much the wait grows with each question that comes too early (RFC 8628 §3.5).
const PENALTY: Duration = Duration::from_secs(5);

/// How early a question may come and not count as impatient: clients that measure from question to question are at the mercy of
/// their timers and the network.
const TOLERANCE: Duration = Duration::from_millis(500);

/// The request behind a handle, and who allowed it. `interval`: how long its client was told to wait between questions.
///
/// # Errors
/// `authorization_pending`, `slow_down`, `access_denied` or `expired_token`; `invalid_grant` where the handle is unknown, used or
/// another client's.
pub async fn poll(
    cx: &Cx,
    client: &Client,
    kind: Kind,
    handle: &str,
    interval: Duration,
) -> Result<(Request, Decision)> {
    let (tenant, handle) = (cx.tenant().id, Secret::new(handle).digest());
    let found = store::find_by_handle(cx.db().reader(), tenant, kind, handle).await?;
    let request = found.ok_or_else(|| unknown("unknown"))?;
    match request.judge(client.id, cx.now) {
        Verdict::Foreign => Err(unknown("spent, or of another client")),
        Verdict::Expired => Err(Code::ExpiredToken.because("nobody decided in time; ask anew").into()),
        Verdict::Denied => Err(Code::AccessDenied.because("the person did not allow it").into()),
        Verdict::Pending => Err(pending(cx, &request, interval).await?),
        Verdict::Allowed(decision) => {
            let decision = decision.clone();
            Ok((request, decision))
        }
    }
}

/// Not yet; and whether the client asks too often. Counted only here: whoever comes for what was allowed is never late.
async fn pending(cx: &Cx, request: &Request, interval: Duration) -> Result<Error> {
    let key = format!("poll:{}:{}", request.tenant.uuid().simple(), request.id.uuid().simple());
    let keep = (request.expires_at - cx.now).to_std().unwrap_or_default();
    let pace = Pace { interval, penalty: PENALTY, tolerance: TOLERANCE, keep };
    let paced = cx.ephemeral().pace(&key, pace).await?;
    Ok(match paced.early {
        true => Code::SlowDown
            .because(format!("nobody has decided yet; wait {} seconds between questions", paced.interval.as_secs())),
        false => Code::AuthorizationPending.because("nobody has decided yet"),
    }
    .into())
}

/// One sentence for every reason: whoever guesses learns nothing from it.
pub(super) fn unknown(hidden: &str) -> Error {
    Code::InvalidGrant.because("the request is unknown, used or of another client").hiding(hidden).into()
}
