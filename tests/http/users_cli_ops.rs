//! What operators do with people from the command line, while the service runs.

use serde_json::json;

use crate::world::{PASSWORD, World};

const NORA: &str = "nora@example.test";

async fn create(world: &World, more: &[&str], input: &str) -> crate::world::Ended {
    let arguments = ["user", "create", "--email", NORA, "--name", "Nora Newman"];
    world.signet(&[&arguments[..], more].concat(), input).await
}

#[tokio::test]
async fn a_person_made_by_command_signs_in_at_once_and_a_lock_works_at_once() {
    let world = World::start().await;
    let made = create(&world, &["--verified", "--password-stdin"], &format!("{PASSWORD}\n")).await.done();
    let id = made["user_id"].as_str().unwrap();
    assert!(id.starts_with("usr_") && !made.to_string().contains(PASSWORD));
    let tokens = world.front_end().login(NORA, PASSWORD).await.api_tokens();
    assert_eq!(tokens.user, id);
    let front_end = world.front_end().with(&tokens.access);
    let mut browser = world.browser();
    browser.open("/login").await.fill("username", NORA).fill("password", PASSWORD).press("Sign in").await;
    assert!(browser.is_at("/").text.contains("Nora Newman"));

    // Another process: what this one remembers must not count.
    world.signet(&["user", "lock", NORA], "").await.done();
    front_end.get("me").await.problem(401, "invalid_token");
    assert!(!browser.open("/").await.page().text.contains("Nora Newman"));
    world.front_end().login(NORA, PASSWORD).await.problem(401, "wrong_credentials");
    world.signet(&["user", "unlock", id], "").await.done();
    front_end.get("me").await.problem(401, "invalid_token"); // its session ended with the lock
    let tokens = world.front_end().login(NORA, PASSWORD).await.api_tokens();
    let front_end = world.front_end().with(&tokens.access);
    front_end.get("me").await.expect(200);

    let deleted = world.signet(&["user", "delete", id], "").await.done();
    assert_eq!(deleted, json!({ "user_id": id, "deleted": true }));
    front_end.get("me").await.problem(401, "invalid_token");
    let facts = world.facts().await;
    for fact in ["user.created", "user.locked", "user.unlocked", "user.deleted"] {
        assert!(facts.contains(&fact.to_owned()), "{fact}: {facts:?}");
    }
}

#[tokio::test]
async fn people_are_shown_and_listed() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    create(&world, &["--password-stdin", "--admin"], PASSWORD).await.done();
    let shown = world.signet(&["user", "show", "ALICE@example.test"], "").await.done();
    assert_eq!((&shown["user_id"], &shown["email"]), (&json!(alice.sub()), &json!(alice.email)));
    let listed = world.signet(&["user", "list"], "").await.done();
    let text = listed.to_string();
    assert!(text.contains(NORA) && text.contains(&alice.email) && !text.contains("argon2"), "{text}");
}

#[tokio::test]
async fn an_imported_hash_signs_in() {
    let world = World::start().await;
    let hash = bcrypt::hash(PASSWORD, 4).unwrap();
    create(&world, &["--verified", "--password-hash-stdin"], &hash).await.done();
    world.front_end().login(NORA, PASSWORD).await.expect(200);
    assert_eq!(world.count_facts("password.hash_upgraded").await, 1);
}

#[tokio::test]
async fn refusals_say_which_field_and_leave_nothing() {
    let world = World::start().await;
    world.person("nora").verified().await;
    let before = world.snapshot().await;
    let taken = create(&world, &["--password-stdin"], PASSWORD).await.refused();
    assert!(taken.contains("email"), "{taken}");
    let weak = world.signet(&["user", "create", "--email", "x@example.test", "--password-stdin"], "password1").await;
    let weak = weak.refused();
    assert!(weak.contains("password") && !weak.contains("password1"), "{weak}");
    for whom in ["nobody@example.test", "usr_00000000000000000000000000000000", "nonsense"] {
        for verb in ["show", "lock", "unlock", "delete"] {
            world.signet(&["user", verb, whom], "").await.refused();
        }
    }
    assert_eq!(world.signet(&["user", "explode"], "").await.status, 2);
    assert_eq!(world.snapshot().await, before);
}
