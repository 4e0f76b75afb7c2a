//! Writing a plan down, one node at a time: keys are made before the transaction, the plan is made again inside it.

use keys::{KeyAlgorithm, KeyPair, Pace};

use super::{
    Key, Plan,
    key::pace,
    store::{self, Row},
};
use crate::{
    app::Cx,
    kernel::{Code, Event, Fact, Fault, Refusal, Result, Time},
};

/// What a private key is sealed for: a blob moved to another row does not open there.
pub(super) fn seal_context(kid: &str) -> String {
    format!("signing_key:{kid}")
}

/// The algorithms that the settings ask for.
pub(super) fn configured(cx: &Cx) -> Vec<KeyAlgorithm> {
    let keys = &cx.config().keys;
    let signatures = keys.algorithms.iter().map(|algorithm| keys::Algorithm::from(*algorithm).into());
    let decryption = keys.decryption_algorithms.iter().map(|kind| keys::DecryptionAlgorithm::from(*kind).into());
    signatures.chain(decryption).collect()
}

/// Decides, makes the keys that the decision needs (RSA takes a second: not inside a transaction), decides again on
/// the rows as they are under the lock, and writes that.
///
/// # Errors
/// What `decide` refuses; a conflict if another node wrote meanwhile and now more keys are needed than were made.
pub(super) async fn carry_out(
    cx: &mut Cx,
    decide: impl Fn(&[Key], Time, &Pace) -> Result<Plan, Refusal> + Send + Sync,
) -> Result<Plan> {
    let tenant = cx.tenant().id;
    let app = cx.app.clone();
    let pace = pace(cx.config(), store::longest_client_ttl(cx.db().reader(), tenant).await?);
    let rows = store::all(cx.db().reader(), tenant).await?;
    let stale = rows.iter().any(|row| !app.master.is_current(&row.sealed));
    let (keys, now) = as_of(&rows, cx.now);
    let wanted = decide(&keys, now, &pace)?;
    if wanted.is_empty() && !stale {
        return Ok(wanted);
    }
    let mut made = make(wanted.create.iter().map(|(algorithm, _)| *algorithm).collect()).await?;

    let tx = cx.begin().await?;
    store::lock(tx, tenant).await?;
    let rows = store::all(tx.db(), tenant).await?;
    for row in rows.iter().filter(|row| !app.master.is_current(&row.sealed)) {
        let context = seal_context(&row.key.kid);
        // A key whose master key was taken away too early must not keep the others from being tended; loading says so.
        if let Ok(der) = app.master.open(&row.sealed, &context) {
            let sealed = app.master.seal(&der, &context).map_err(|error| Fault::broken_by("sealing a key", error))?;
            store::reseal(tx, tenant, &row.key.kid, sealed).await?;
        }
    }
    let (keys, now) = as_of(&rows, tx.now);
    let plan = decide(&keys, now, &pace)?;
    for (algorithm, schedule) in &plan.create {
        let place = made.iter().position(|key| key.algorithm() == *algorithm);
        let fresh = place
            .map(|place| made.swap_remove(place))
            .ok_or_else(|| Code::Conflict.because("The keys were changed meanwhile. Try again."))?;
        let key = Key { kid: fresh.kid().to_owned(), algorithm: *algorithm, schedule: *schedule };
        let der = fresh.private_der().map_err(|error| Fault::broken_by("writing a new key", error))?;
        let sealed = app
            .master
            .seal(&der, &seal_context(&key.kid))
            .map_err(|error| Fault::broken_by("sealing a new key", error))?;
        store::insert(tx, tenant, &key, sealed).await?;
        tx.record(
            Event::from(Fact::KeyAnnounced)
                .with("kid", key.kid)
                .with("algorithm", algorithm.as_str())
                .with("active_at", schedule.active_at.to_rfc3339()),
        );
    }
    for (kid, schedule) in &plan.retire {
        store::end(tx, tenant, kid, *schedule).await?;
        tx.record(
            Event::from(Fact::KeyRetired)
                .with("kid", kid.as_str())
                .with("retiring_at", schedule.retiring_at.map(|at| at.to_rfc3339()))
                .with("gone_at", schedule.gone_at.map(|at| at.to_rfc3339())),
        );
    }
    Ok(plan)
}

/// The keys, and the instant to judge them at: not before the newest was announced. It was written after this operation began,
/// or by a node whose clock is ahead; a key that seems to lie in the future would be made a second time.
fn as_of(rows: &[Row], now: Time) -> (Vec<Key>, Time) {
    let keys: Vec<Key> = rows.iter().map(|row| row.key.clone()).collect();
    let newest = keys.iter().map(|key| key.schedule.announced_at).max();
    (keys, newest.map_or(now, |newest| newest.max(now)))
}

async fn make(algorithms: Vec<KeyAlgorithm>) -> Result<Vec<KeyPair>> {
    if algorithms.is_empty() {
        return Ok(Vec::new());
    }
    let made = tokio::task::spawn_blocking(move || algorithms.into_iter().map(KeyPair::generate).collect());
    let keys: Result<Vec<KeyPair>, keys::KeyError> =
        made.await.map_err(|error| Fault::broken_by("making a key", error))?;
    Ok(keys.map_err(|error| Fault::broken_by("making a key", error))?)
}
