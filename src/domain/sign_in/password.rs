//! Signing in by password.

use std::net::IpAddr;

use super::{letters, store, throttle::Throttle};
use crate::{
    app::{Cx, Guard, Operation},
    domain::{
        credentials,
        sessions::{
            self, Kind, Session,
            start::{Replaced, Started},
        },
        users::User,
    },
    kernel::{
        Code, Error, Fact, Refusal, Result,
        assurance::Method,
        device::Device,
        email::Email,
        id::{SessionId, UserId},
        refusal::Findings,
        secret::Secret,
    },
    ports::passwords::Verdict,
};

/// Signs a person in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The address, as typed.
    pub username: String,
    /// The password, as typed.
    pub password: Secret,
    /// The session that the browser has, if any: renewed for the same person, ended for another.
    pub session: Option<SessionId>,
    /// What carries the session.
    pub kind: Kind,
}

/// A person who signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The person.
    pub user: User,
    /// Their session.
    pub session: Session,
    /// What the browser's cookie says from now on; none for the API.
    pub cookie: Option<Secret>,
    /// Somebody else's session that ended by it.
    pub replaced: Option<Replaced>,
}

/// Why nobody signs in. Only the log and the account's owner learn it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Name,
    Password,
    Locked,
}

/// A right password.
#[derive(Debug, PartialEq)]
struct Right {
    user: User,
    /// The hash that it was compared with.
    hash: String,
    /// The hash to store in its place.
    upgrade: Option<String>,
}

/// Who signs in, if anyone. A lock is looked at after the password: the answer and the time it takes are the same.
/// An unproved address does not matter here; applications may ask for it.
fn judge(found: Option<(User, Option<String>)>, verdict: Verdict) -> Result<Right, (Wrong, Option<UserId>)> {
    match (found, verdict) {
        (None, _) => Err((Wrong::Name, None)),
        (Some((user, Some(hash))), Verdict::Match { upgrade }) if !user.is_locked() => {
            Ok(Right { user, hash, upgrade })
        }
        (Some((user, Some(_))), Verdict::Match { .. }) => Err((Wrong::Locked, Some(user.id))),
        (Some((user, _)), _) => Err((Wrong::Password, Some(user.id))),
    }
}

/// Whether a person never signed in from such a device and network before. The first sign-in of all is nothing new.
fn is_new(known: &[(String, Option<IpAddr>)], device: &Device) -> bool {
    let (name, network) = (device.name(), device.network());
    let network_of = |address: Option<IpAddr>| Device { address, user_agent: None }.network();
    !known.is_empty() && !known.iter().any(|(known, address)| *known == name && network_of(*address) == network)
}

impl Operation for SignIn {
    type Output = SignedIn;
    const NAME: &'static str = "sign_in.password";
    const GUARD: Guard = Guard::Anyone;

    async fn run(self, cx: &mut Cx) -> Result<SignedIn> {
        self.check_form()?;
        let throttle = Throttle::of(cx, &self.username);
        throttle.check(cx).await?;
        let found = match Email::parse(&self.username) {
            Ok(email) => store::find(cx.db().reader(), cx.tenant().id, email.canonical()).await?,
            Err(_) => None,
        };
        let hash = found.as_ref().and_then(|(_, hash)| hash.clone());
        let verdict = cx.passwords().verify(hash, self.password).await?;
        match judge(found, verdict) {
            Ok(right) => {
                throttle.settle_success(cx).await?;
                admit(cx, right, self.session, self.kind).await
            }
            Err((why, user)) => {
                throttle.count_failure(cx).await?;
                Err(refuse(cx, why, user).await)
            }
        }
    }
}

impl SignIn {
    fn check_form(&self) -> Result<()> {
        let mut findings = Findings::default();
        if self.username.trim().is_empty() {
            findings.note("username", "required", "is required");
        }
        if self.password.expose().is_empty() {
            findings.note("password", "required", "is required");
        }
        findings.refusal().map_or(Ok(()), |refusal| Err(refusal.into()))
    }
}

/// Writes down that a known account's password was guessed wrongly. Unknown names leave no row: the time a row takes is lost
/// in that of the hash, and a stranger could write any number of them.
async fn refuse(cx: &mut Cx, why: Wrong, user: Option<UserId>) -> Error {
    let refusal = wrong_credentials().hiding(format!("{why:?}"));
    let Some(user) = user else { return refusal.into() };
    let reason = if why == Wrong::Locked { "locked" } else { "password" };
    match cx.begin().await {
        Ok(tx) => {
            tx.record(Fact::SignInFailed.of(user).with("reason", reason));
            tx.settle(refusal)
        }
        Err(error) => error,
    }
}

async fn admit(cx: &mut Cx, right: Right, present: Option<SessionId>, kind: Kind) -> Result<SignedIn> {
    let Right { user, hash, upgrade } = right;
    let present = sessions::start::present(cx, present).await?;
    let known = sessions::store::devices(cx.db().reader(), user.tenant, user.id).await?;
    let tx = cx.begin().await?;
    let still = match upgrade {
        Some(upgrade) => {
            tx.record(Fact::PasswordHashUpgraded.of(user.id));
            credentials::store::upgrade_hash(tx, user.tenant, user.id, &hash, upgrade).await?
        }
        None => credentials::store::is_still(tx, user.tenant, user.id, &hash).await?,
    };
    if !still {
        // Reset while it was being verified: this was the old one.
        return Err(wrong_credentials().hiding("the password changed meanwhile").into());
    }
    let Started { session, cookie, replaced } =
        sessions::start::start(cx, user.id, kind, present.as_ref(), vec![Method::Password]).await?;
    // To a proved address only: whoever registered somebody else's must not send mail there by signing in.
    if user.email_verified_at.is_some() && is_new(&known, &cx.caller.device) {
        let message = letters::new_sign_in(cx, &user);
        cx.tx()?.send(message);
    }
    Ok(SignedIn { user, session, cookie, replaced })
}

fn wrong_credentials() -> Refusal {
    Code::WrongCredentials.because("That e-mail and password don't match. Try again or reset your password.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        testing::{PASSWORD, World},
        users::tests::ada,
    };

    fn right() -> Verdict {
        Verdict::Match { upgrade: None }
    }

    fn why(found: Option<(User, Option<String>)>, verdict: Verdict) -> Option<Wrong> {
        judge(found, verdict).err().map(|(why, _)| why)
    }

    #[test]
    fn only_the_right_password_of_an_open_account_signs_in() {
        let hash = || Some("$argon2id$".to_owned());
        let locked = User { locked_at: Some(ada().created_at), ..ada() };
        assert_eq!(why(Some((ada(), hash())), right()), None);
        assert_eq!(why(Some((ada(), hash())), Verdict::Mismatch), Some(Wrong::Password));
        assert_eq!(why(Some((ada(), None)), Verdict::Mismatch), Some(Wrong::Password));
        // Cannot be: nothing matches without a hash. If it were, nobody would get in.
        assert_eq!(why(Some((ada(), None)), right()), Some(Wrong::Password));
        assert_eq!(why(None, right()), Some(Wrong::Name));
        assert_eq!(why(None, Verdict::Mismatch), Some(Wrong::Name));
        assert_eq!(why(Some((locked.clone(), hash())), right()), Some(Wrong::Locked));
        assert_eq!(why(Some((locked, hash())), Verdict::Mismatch), Some(Wrong::Password));
    }

    #[test]
    fn a_better_hash_goes_with_the_right_password() {
        let verdict = Verdict::Match { upgrade: Some("new".into()) };
        let right = judge(Some((ada(), Some("old".into()))), verdict).unwrap();
        assert_eq!((right.hash.as_str(), right.upgrade.as_deref()), ("old", Some("new")));
    }

    #[test]
    fn a_device_is_new_when_its_name_or_network_is() {
        let device = |agent: &str, address: &str| Device {
            address: Some(address.parse().unwrap()),
            user_agent: Some(agent.to_owned()),
        };
        let curl = || ("curl".to_owned(), Some("192.0.2.1".parse().unwrap()));
        let home = || ("curl".to_owned(), Some("2001:db8::1".parse().unwrap()));
        assert!(!is_new(&[], &device("curl/8", "192.0.2.1")), "the very first is nothing new");
        assert!(!is_new(&[curl()], &device("curl/9", "192.0.2.1")));
        assert!(is_new(&[curl()], &device("curl/8", "192.0.2.2")));
        assert!(is_new(&[curl()], &device("python/3", "192.0.2.1")));
        assert!(!is_new(&[curl(), home()], &device("curl/8", "2001:db8::ffff")), "one household is one network");
        assert!(is_new(&[curl(), home()], &device("curl/8", "2001:db8:0:1::1")));
    }

    /// A sign-in whose password was verified before somebody else's transaction changed it.
    struct Late(Right);

    impl Operation for Late {
        type Output = SignedIn;
        const NAME: &'static str = "test.late";
        const GUARD: Guard = Guard::Anyone;

        async fn run(self, cx: &mut Cx) -> Result<SignedIn> {
            admit(cx, self.0, None, Kind::Browser).await
        }
    }

    #[tokio::test]
    async fn a_password_that_changed_while_it_was_verified_signs_nobody_in() {
        let world = World::start().await;
        world.registered("ada@example.test").await;
        let found = store::find(world.app.db.reader(), world.tenant.id, "ada@example.test").await.unwrap();
        let (user, hash) = found.unwrap();
        let late = |hash: &str, upgrade: Option<&str>| {
            Late(Right { user: user.clone(), hash: hash.to_owned(), upgrade: upgrade.map(str::to_owned) })
        };
        for upgrade in [None, Some("another")] {
            let error = world.ask(late("an older one", upgrade)).await.unwrap_err();
            assert_eq!(error.refusal().unwrap().code, Code::WrongCredentials);
        }
        assert!(!world.facts().await.contains(&"session.started".to_owned()));
        world.ask(World::sign_in("ada@example.test", PASSWORD)).await.unwrap();
        world.ask(late(&hash.unwrap(), None)).await.unwrap();
    }
}
