//! How often a password may be guessed: per account name, whether or not there is such an account, and per network.
//!
//! Failures are counted, successes are not. The counters are looked at before the password is hashed, and again after:
//! of any number of parallel guesses only those learn anything that end before the counter is full.

use crate::{
    app::Cx,
    domain::rates::rate,
    kernel::{Code, Error, Result, email::canonical_name},
    ports::ephemeral::{Allowance, Rate},
};

/// The counters of one account name and one network.
#[derive(Debug)]
pub(super) struct Throttle {
    account: Vec<(String, Rate)>,
    network: Option<(String, Rate)>,
}

impl Throttle {
    /// The counters for this name (all its spellings share them) and the caller's network.
    pub(super) fn of(cx: &Cx, name: &str) -> Self {
        let (limits, name) = (&cx.config().limits, canonical_name(name));
        let account = |bucket, limit| (cx.bucket(bucket, &name), rate(limit));
        let device = &cx.caller.device;
        Self {
            account: vec![
                account("sign_in.account", limits.account_failures),
                account("sign_in.account_sustained", limits.account_failures_sustained),
            ],
            // The command line has no network.
            network: device
                .address
                .map(|_| (cx.bucket("sign_in.network", &device.network()), rate(limits.address_failures))),
        }
    }

    /// Refuses when one of the counters is full.
    pub(super) async fn check(&self, cx: &Cx) -> Result<()> {
        for (bucket, rate) in self.all() {
            judge(cx.ephemeral().peek(bucket, *rate).await?)?;
        }
        Ok(())
    }

    /// Counts a failure, and refuses when one of the counters was full before it.
    pub(super) async fn count_failure(&self, cx: &Cx) -> Result<()> {
        let mut verdict = Ok(());
        for (bucket, rate) in self.all() {
            let judged = judge(cx.ephemeral().hit(bucket, *rate).await?);
            verdict = verdict.and(judged);
        }
        verdict
    }

    /// Refuses a right password when the account's counter was filled while it was being hashed; otherwise forgets the
    /// account's failures. The network's are kept: one account of one's own must not pay for guessing at others.
    pub(super) async fn settle_success(&self, cx: &Cx) -> Result<()> {
        for (bucket, rate) in &self.account {
            judge(cx.ephemeral().peek(bucket, *rate).await?)?;
        }
        self.forget_account(cx).await
    }

    /// Forgets the account's failures.
    pub(super) async fn forget_account(&self, cx: &Cx) -> Result<()> {
        for (bucket, _) in &self.account {
            cx.ephemeral().forget(bucket).await?;
        }
        Ok(())
    }

    fn all(&self) -> impl Iterator<Item = &(String, Rate)> {
        self.account.iter().chain(&self.network)
    }
}

/// The same words for every name.
fn judge(allowance: Allowance) -> Result<()> {
    if allowance.allowed {
        return Ok(());
    }
    let refusal = Code::TooManyRequests.because("Too many tries. Wait a little, or reset your password.");
    Err(Error::from(refusal.after(allowance.retry_after)))
}
