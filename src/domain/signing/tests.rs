//! Keys in the database: made once, rotated under way, sealed, and read by other nodes.

use std::sync::Arc;

use chrono::TimeDelta;
use keys::{Algorithm, DecryptionAlgorithm, Expectation, Invalid, KeyAlgorithm, Life, MasterKeys};
use serde_json::json;

use super::*;
use crate::{
    app::{App, Operation},
    domain::testing::World,
    kernel::{Caller, Code, Result, Tenant},
};

const RS256: KeyAlgorithm = KeyAlgorithm::Signature(Algorithm::RS256);
const ES256: KeyAlgorithm = KeyAlgorithm::Signature(Algorithm::ES256);

async fn perform<O: Operation>(app: &Arc<App>, tenant: &Arc<Tenant>, operation: O) -> Result<O::Output> {
    app.perform(Caller::operator(tenant.clone()), operation).await
}

async fn states(app: &Arc<App>, tenant: &Arc<Tenant>) -> Vec<(KeyAlgorithm, Life)> {
    let keys = perform(app, tenant, ListKeys).await.unwrap();
    keys.iter().map(|key| (key.algorithm, key.life(app.clock.now()))).collect()
}

/// The lives of the keys of one algorithm, the oldest first.
async fn lives(app: &Arc<App>, tenant: &Arc<Tenant>, algorithm: KeyAlgorithm) -> Vec<Life> {
    let states = states(app, tenant).await;
    states.into_iter().filter(|(one, _)| *one == algorithm).map(|(_, life)| life).collect()
}

fn sign(app: &App, tenant: &Tenant) -> String {
    let now = app.clock.now();
    let claims = json!({ "iss": tenant.issuer, "exp": now.timestamp() + 600 });
    app.keyrings.of(tenant.id).unwrap().sign(Algorithm::ES256, "x+jwt", &claims, now).unwrap()
}

fn verify(app: &App, tenant: &Tenant, token: &str) -> Result<(), Invalid> {
    let expected = Expectation::new(&["x+jwt"], &tenant.issuer, None, &["iss", "exp"]);
    app.keyrings.of(tenant.id).unwrap().verify(token, &expected, app.clock.now()).map(drop)
}

/// Another process on the same database.
async fn another_node(app: &App, master: &str) -> Arc<App> {
    let master = MasterKeys::parse(master).unwrap();
    Arc::new(App::open(app.config.clone(), app.clock.clone(), master).await.unwrap())
}

#[tokio::test]
async fn nodes_that_start_at_once_make_one_key_of_each_algorithm() {
    let world = World::start().await;
    let (app, tenant) = (&world.app, &world.tenant);
    let starting: Vec<_> = (0..6)
        .map(|_| {
            let (app, tenant) = (app.clone(), tenant.clone());
            tokio::spawn(async move { ensure(&app, &tenant).await })
        })
        .collect();
    for start in starting {
        start.await.unwrap().unwrap();
    }
    let made = [RS256, ES256, DecryptionAlgorithm::RsaOaep256.into(), DecryptionAlgorithm::EcdhEs.into()];
    assert_eq!(states(app, tenant).await, made.map(|algorithm| (algorithm, Life::Active)));
    assert!(perform(app, tenant, TendKeys).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_rotation_is_announced_first_and_nothing_signed_is_lost() {
    let world = World::start().await;
    let (app, tenant) = (&world.app, &world.tenant);
    ensure(app, tenant).await.unwrap();
    let before = sign(app, tenant);
    perform(app, tenant, RotateKeys { now: false, algorithm: Some(ES256) }).await.unwrap();
    announce_change(app, tenant.id).await.unwrap();
    assert_eq!(lives(app, tenant, ES256).await, [Life::Active, Life::Announced]);
    let again = perform(app, tenant, RotateKeys { now: false, algorithm: Some(ES256) }).await;
    assert_eq!(again.unwrap_err().refusal().unwrap().code, Code::Conflict);

    app.clock.advance(app.config.keys.announce.chrono());
    let after = sign(app, tenant);
    assert_eq!(lives(app, tenant, ES256).await, [Life::Retiring, Life::Active]);
    assert_eq!(verify(app, tenant, &after), Ok(()));
    assert_eq!(verify(app, tenant, &before), Err(Invalid::Expired), "its key still counts, its time is over");

    app.clock.advance(TimeDelta::hours(3));
    load(app, tenant.id).await.unwrap();
    assert_eq!(lives(app, tenant, ES256).await[0], Life::Gone);
    assert_eq!(verify(app, tenant, &before), Err(Invalid::KeyGone));
}

#[tokio::test]
async fn a_leaked_key_is_refused_at_once_and_replaced() {
    let world = World::start().await;
    let (app, tenant) = (&world.app, &world.tenant);
    ensure(app, tenant).await.unwrap();
    let token = sign(app, tenant);
    let keys = perform(app, tenant, ListKeys).await.unwrap();
    let leaked = keys.iter().find(|key| key.algorithm == ES256).unwrap();
    perform(app, tenant, RetireKey { kid: leaked.kid.clone(), now: true }).await.unwrap();
    announce_change(app, tenant.id).await.unwrap();
    assert_eq!(verify(app, tenant, &token), Err(Invalid::KeyGone));
    assert_eq!(verify(app, tenant, &sign(app, tenant)), Ok(()));
    assert!(!app.keyrings.of(tenant.id).unwrap().jwks(app.clock.now()).json.contains(&leaked.kid));
}

#[tokio::test]
async fn an_algorithm_that_is_not_configured_cannot_be_rotated() {
    let world = World::start().await;
    let refused =
        perform(&world.app, &world.tenant, RotateKeys { now: true, algorithm: Some(Algorithm::EdDSA.into()) }).await;
    assert_eq!(refused.unwrap_err().refusal().unwrap().code, Code::InvalidInput);
}

#[tokio::test]
async fn private_keys_move_to_a_new_master_key() {
    let world = World::start().await;
    let (old, new) = (MasterKeys::generate().unwrap(), MasterKeys::generate().unwrap());
    let tenant = &world.tenant;
    let before = another_node(&world.app, &old).await;
    ensure(&before, tenant).await.unwrap();
    let token = sign(&before, tenant);

    let strange = another_node(&world.app, &new).await;
    let error = load(&strange, tenant.id).await.unwrap_err().to_string();
    assert!(error.contains("master key"), "{error}");

    let between = another_node(&world.app, &format!("{},{}", *new, *old)).await;
    perform(&between, tenant, TendKeys).await.unwrap();
    load(&strange, tenant.id).await.unwrap();
    assert_eq!(verify(&strange, tenant, &token), Ok(()));
}

#[tokio::test]
async fn a_node_learns_a_new_key_but_not_at_every_strange_token() {
    let world = World::start().await;
    let (app, tenant) = (&world.app, &world.tenant);
    let key = MasterKeys::generate().unwrap();
    let (one, other) = (another_node(app, &key).await, another_node(app, &key).await);
    ensure(&one, tenant).await.unwrap();
    ensure(&other, tenant).await.unwrap();
    perform(&one, tenant, RotateKeys { now: true, algorithm: None }).await.unwrap();
    announce_change(&one, tenant.id).await.unwrap();
    let token = sign(&one, tenant);
    assert_eq!(verify(&other, tenant, &token), Err(Invalid::UnknownKey));
    assert!(learn(&other, tenant.id).await.unwrap());
    assert_eq!(verify(&other, tenant, &token), Ok(()));
    assert!(!learn(&other, tenant.id).await.unwrap());
}
