//! One thing a caller can ask of the service.

use super::{Cx, Limit};
use crate::kernel::Result;

/// The value is the question; running it is the answer. Pages, JSON and commands that do the same thing construct the
/// same value.
pub trait Operation: Send + Sized {
    /// The answer.
    type Output: Send;
    /// The stable name, for spans, throttles and documentation.
    const NAME: &'static str;
    /// Who may ask. There is no default.
    const GUARD: Guard;
    /// How often one network may ask.
    const LIMITS: &'static [Limit] = &[];
    /// Does it. Implement it as a plain `async fn run(self, cx: &mut Cx)`.
    fn run(self, cx: &mut Cx) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// Who may ask for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Anyone: the operation itself proves what it needs (a password, a code, client authentication).
    Anyone,
    /// A person with a live session.
    SignedIn,
    /// Whoever runs commands on the machine.
    Operator,
    /// The clockwork, or an operator in its place.
    Service,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::kernel::{
        Caller, Clock, Principal, Tenant, Who,
        assurance::Method,
        device::Device,
        id::{RequestId, SessionId, TenantId, UserId},
    };

    fn caller(who: Who) -> Caller {
        let tenant = Arc::new(Tenant {
            id: TenantId::fresh(),
            slug: "default".into(),
            path: String::new(),
            issuer: "https://id.example.test".into(),
            name: "Default".into(),
        });
        Caller { who, ..Caller::nobody(tenant, Device::default(), RequestId::fresh()) }
    }

    #[test]
    fn guards_admit_only_their_callers() {
        let person = Who::Person(Box::new(Principal {
            user: UserId::fresh(),
            session: SessionId::fresh(),
            authenticated_at: Clock::System.now(),
            methods: vec![Method::Password],
        }));
        let admitted = |guard: Guard, who: &Who| guard.admit(&caller(who.clone())).is_ok();
        for who in [&Who::Nobody, &person, &Who::Operator, &Who::Job] {
            assert!(admitted(Guard::Anyone, who));
            assert_eq!(admitted(Guard::SignedIn, who), matches!(who, Who::Person(_)));
            assert_eq!(admitted(Guard::Operator, who), matches!(who, Who::Operator));
            assert_eq!(admitted(Guard::Service, who), matches!(who, Who::Operator | Who::Job));
        }
    }
}
