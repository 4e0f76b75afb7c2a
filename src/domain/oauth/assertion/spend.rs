//! An assertion counts once (RFC 7523 §3: `jti`).

use std::time::Duration;

use serde_json::Value;

use super::{Presented, present::refused};
use crate::{
    app::Cx,
    kernel::{Result, Time, secret::Secret},
};

/// How long a `jti` is remembered after `exp`, for clocks that differ.
const AFTER_EXP: i64 = 15;

/// Spends an assertion. Everything else has to be judged before: a bad request spends nothing.
pub async fn spend(cx: &Cx, presented: &Presented) -> Result<()> {
    let believed = &presented.believed;
    let jti = believed.claims.get("jti").and_then(Value::as_str).unwrap_or_default();
    let key = format!("assertion:{}:{}", believed.issuer.id.uuid().simple(), Secret::new(jti).digest().hex());
    let exp = believed.claims.get("exp").and_then(Value::as_f64).unwrap_or_default();
    match cx.ephemeral().claim(&key, remembered(exp, believed.issuer.max_lifetime, cx.now)).await? {
        true => Ok(()),
        false => Err(refused("replayed")),
    }
}

/// Until nobody would believe it any more.
fn remembered(exp: f64, longest: u32, now: Time) -> Duration {
    let seconds = exp - now.timestamp() as f64 + AFTER_EXP as f64;
    Duration::from_secs_f64(seconds.clamp(1.0, 2.0 * f64::from(longest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Clock;

    #[test]
    fn a_spent_assertion_is_remembered_until_it_has_expired_everywhere() {
        let now = Clock::System.now();
        let at = |seconds: f64| remembered(now.timestamp() as f64 + seconds, 3600, now).as_secs();
        assert_eq!((at(300.0), at(-10.0), at(-60.0)), (315, 5, 1));
        assert_eq!(at(1e9), 7200);
    }
}
