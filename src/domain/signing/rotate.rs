//! An operator's wishes: new keys, or the end of one.

use keys::KeyAlgorithm;

use super::{
    Plan,
    carry_out::{carry_out, configured},
    plan::{retirement, rotation},
};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Code, Result},
};

/// Announces a successor for every active key; answers what was written. Call
/// [`announce_change`](super::announce_change) afterwards, so that other nodes learn it at once.
#[derive(Debug, Clone, Copy)]
pub struct RotateKeys {
    /// Signs with the new keys at once, without announcing them: relying parties with a cached JWK Set have to fetch it.
    pub now: bool,
    /// Only this algorithm; all configured ones otherwise.
    pub algorithm: Option<KeyAlgorithm>,
}

impl Operation for RotateKeys {
    type Output = Plan;
    const NAME: &'static str = "keys.rotate";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Plan> {
        let mut algorithms = configured(cx);
        if let Some(one) = self.algorithm {
            algorithms.retain(|algorithm| *algorithm == one);
            if algorithms.is_empty() {
                return Err(Code::InvalidInput
                    .because(format!("{one} is not among the algorithms of the settings (keys.algorithms, keys.decryption_algorithms)."))
                    .at("algorithm", "not_configured", "is not configured")
                    .into());
            }
        }
        carry_out(cx, |keys, now, pace| {
            let plan = rotation(keys, &algorithms, now, pace, self.now);
            if plan.is_empty() {
                let sentence = "The successors are announced already. Rotate at once if you cannot wait for them.";
                return Err(Code::Conflict.because(sentence));
            }
            Ok(plan)
        })
        .await
    }
}

/// Ends one key: it signs no more, and leaves the JWK Set when everything it signed has expired. If it was the one
/// that signed, another takes its place. Answers what was written.
#[derive(Debug, Clone)]
pub struct RetireKey {
    /// Which key.
    pub kid: String,
    /// Takes it out of the JWK Set now, for a key that leaked: what it signed is refused from now on.
    pub now: bool,
}

impl Operation for RetireKey {
    type Output = Plan;
    const NAME: &'static str = "keys.retire";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Plan> {
        let algorithms = configured(cx);
        carry_out(cx, |keys, now, pace| retirement(keys, &self.kid, &algorithms, now, pace, self.now)).await
    }
}
