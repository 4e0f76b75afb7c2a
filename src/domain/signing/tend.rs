//! Tending the keys: what the clock demands, as often as one likes.

use super::{
    Plan,
    carry_out::{carry_out, configured},
    plan::by_the_clock,
};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::Result,
};

/// Makes the first keys, announces successors in time, gives the old ones their end, and seals with the current master
/// key what a previous one sealed. Answers what was written.
#[derive(Debug, Clone, Copy)]
pub struct TendKeys;

impl Operation for TendKeys {
    type Output = Plan;
    const NAME: &'static str = "keys.tend";
    const GUARD: Guard = Guard::Service;

    async fn run(self, cx: &mut Cx) -> Result<Plan> {
        let algorithms = configured(cx);
        carry_out(cx, |keys, now, pace| Ok(by_the_clock(keys, &algorithms, now, pace))).await
    }
}
