//! A person enters the code that their device shows (RFC 8628 §3.3).

use super::{Visit, user_code::UserCode};
use crate::{
    app::{Cx, Guard, Limit, Operation, too_many},
    domain::{
        oauth::{decoupled, flow::Binding},
        rates::rate,
    },
    kernel::{Code, Error, Result},
};

/// Enters a code. The answer leads on to the decision.
#[derive(Debug, Clone)]
pub struct EnterUserCode {
    /// What was typed.
    pub typed: String,
    /// The browser it was typed in.
    pub browser: Binding,
}

impl Operation for EnterUserCode {
    /// The page that is next.
    type Output = String;
    const NAME: &'static str = "device.enter_code";
    const GUARD: Guard = Guard::Anyone;
    const LIMITS: &'static [Limit] = &[Limit { rate: |config| rate(config.limits.user_codes_per_address) }];

    async fn run(self, cx: &mut Cx) -> Result<String> {
        let code = UserCode::read(&self.typed).ok_or_else(|| {
            Code::InvalidInput.because("Some fields need another look.").at(
                "user_code",
                "invalid",
                "Enter the 8 letters that your device shows. A code has no vowels and no digits.",
            )
        })?;
        let limits = &cx.config().limits;
        // Whoever changes addresses and keeps the account is one guesser all the same.
        if let Some(person) = cx.caller.person() {
            cx.limit("user_code.person", &person.user.to_string(), rate(limits.user_codes_per_address)).await?;
        }
        let (failures, all) = (cx.bucket("user_code.failures", ""), rate(limits.user_code_failures));
        let allowance = cx.ephemeral().peek(&failures, all).await?;
        if !allowance.allowed {
            return Err(too_many(allowance.retry_after));
        }
        let tenant = cx.tenant().id;
        let digests = code.digests(&cx.app.macs.code, tenant);
        let found = decoupled::store::find_by_user_code(cx.db().reader(), tenant, digests.into_iter()).await?;
        let Some(request) = found.filter(|request| request.is_open(cx.now)) else {
            cx.ephemeral().hit(&failures, all).await?;
            return Err(unknown());
        };
        Visit::begin(cx, self.browser, &request, code.shown()).await?.next(cx).await
    }
}

/// The same for codes that never were, have ended or were answered.
fn unknown() -> Error {
    let words = "That code is not one that waits here. Compare it with your device, which may show a new one by now.";
    Code::InvalidInput.because("Some fields need another look.").at("user_code", "unknown", words).into()
}
