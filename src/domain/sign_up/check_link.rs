//! Whether a mailed link is still good. Changes nothing: mail scanners open links.

use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        credentials::{self, Proof, Purpose, Standing},
        users::{self, User},
    },
    kernel::{Result, Time, email::Email, secret::Secret},
};

/// What a mailed link is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// It can be used, once.
    Good {
        /// The address it was sent to.
        email: Email,
    },
    /// It was used.
    Used,
    /// Its time is over, the person has another address now, or is locked out (which is not told).
    Expired,
    /// There is no such link.
    Unknown,
}

impl LinkState {
    /// What a proof and its person make of a link.
    fn judge(proof: &Proof, user: Option<&User>, now: Time) -> Self {
        match (proof.standing(now), user) {
            (_, None) => Self::Unknown,
            (Standing::Used, _) => Self::Used,
            (Standing::Good, Some(user)) if user.email.canonical() == proof.email && !user.is_locked() => {
                Self::Good { email: user.email.clone() }
            }
            (Standing::Good | Standing::Expired, _) => Self::Expired,
        }
    }
}

/// Asks what the link of a verification mail is worth.
#[derive(Debug, Clone)]
pub struct CheckLink {
    /// What the link carries.
    pub token: Secret,
}

impl Operation for CheckLink {
    type Output = LinkState;
    const NAME: &'static str = "sign_up.check_link";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<LinkState> {
        check(cx, Purpose::VerifyEmail, &self.token).await
    }
}

/// What a link of this purpose is worth.
pub async fn check(cx: &Cx, purpose: Purpose, token: &Secret) -> Result<LinkState> {
    let (db, tenant) = (cx.db().reader(), cx.tenant().id);
    let Some(proof) = credentials::store::find_proof(db, tenant, purpose, token).await? else {
        return Ok(LinkState::Unknown);
    };
    let user = users::store::find(db, tenant, proof.user).await?;
    Ok(LinkState::judge(&proof, user.as_ref(), cx.now))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{domain::users::tests::ada, kernel::id::ProofId};

    #[test]
    fn a_link_is_good_for_the_address_it_was_sent_to() {
        let user = ada();
        let now = user.created_at;
        let proof = Proof {
            id: ProofId::fresh(),
            tenant: user.tenant,
            user: user.id,
            email: user.email.canonical().into(),
            code_digest: None,
            claim: None,
            expires_at: now + TimeDelta::hours(1),
            used_at: None,
        };
        let state = |proof: &Proof, now| LinkState::judge(proof, Some(&user), now);
        assert_eq!(state(&proof, now), LinkState::Good { email: user.email.clone() });
        assert_eq!(state(&proof, proof.expires_at), LinkState::Expired);
        assert_eq!(state(&Proof { used_at: Some(now), ..proof.clone() }, now), LinkState::Used);
        assert_eq!(state(&Proof { email: "other@example.test".into(), ..proof.clone() }, now), LinkState::Expired);
        assert_eq!(LinkState::judge(&proof, None, now), LinkState::Unknown);
        let locked = User { locked_at: Some(now), ..user.clone() };
        assert_eq!(LinkState::judge(&proof, Some(&locked), now), LinkState::Expired, "a lock is not told");
    }
}
