//! Signing in and choosing a new password, against a database.

use chrono::TimeDelta;

use super::*;
use crate::{
    app::Letter,
    domain::{
        sessions::LockUser,
        testing::{PASSWORD, World},
        users::{CreateUser, Whom},
    },
    kernel::{Code, Error, secret::Secret},
};

const ADA: &str = "ada@example.test";
const NEW: &str = "orange typewriter";

fn code_of(error: &Error) -> Code {
    error.refusal().unwrap().code
}

fn reset(token: &Secret, password: &str) -> ResetPassword {
    ResetPassword { token: token.clone(), password: Secret::new(password) }
}

async fn reset_link(world: &World) -> Secret {
    world.ask(ForgotPassword { email: ADA.into() }).await.unwrap();
    world.link(Letter::ResetPassword).await
}

#[tokio::test]
async fn ten_failures_and_then_not_even_the_right_password() {
    let world = World::start().await;
    world.registered(ADA).await;
    for name in [ADA, "nobody@example.test", "not an address"] {
        let mut answers = Vec::new();
        for index in 0..12 {
            // Spellings and networks share one counter.
            let spelling = if index % 2 == 0 { name.to_uppercase() } else { format!(" {name}") };
            let caller = world.visitor_from(&format!("192.0.2.{}", index + 1));
            let error = world.app.perform(caller, World::sign_in(&spelling, "wrong password")).await.unwrap_err();
            answers.push((code_of(&error), error.refusal().unwrap().sentence.clone()));
        }
        assert!(answers[..10].iter().all(|(code, _)| *code == Code::WrongCredentials), "{name}: {answers:?}");
        assert!(answers[10..].iter().all(|(code, _)| *code == Code::TooManyRequests), "{name}: {answers:?}");
    }
    assert_eq!(code_of(&world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap_err()), Code::TooManyRequests);
    let failures = world.facts().await.iter().filter(|fact| *fact == "sign_in.failed").count();
    assert_eq!(failures, 10, "failures of a known account are remembered, others leave no row");
    world.pass(TimeDelta::minutes(15));
    world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap();
}

#[tokio::test]
async fn a_success_forgets_the_failures_of_the_account() {
    let world = World::start().await;
    world.registered(ADA).await;
    for _ in 0..3 {
        for _ in 0..9 {
            world.ask(World::sign_in(ADA, "wrong password")).await.unwrap_err();
        }
        world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap();
    }
}

#[tokio::test]
async fn parallel_guesses_learn_no_more_than_ten() {
    let world = World::start().await;
    world.registered(ADA).await;
    let tries: Vec<_> = (0..40)
        .map(|_| {
            let (app, caller) = (world.app.clone(), world.visitor());
            tokio::spawn(async move { app.perform(caller, World::sign_in(ADA, "wrong password")).await })
        })
        .collect();
    let mut wrong = 0;
    for tried in tries {
        match code_of(&tried.await.unwrap().unwrap_err()) {
            Code::WrongCredentials => wrong += 1,
            code => assert_eq!(code, Code::TooManyRequests),
        }
    }
    assert_eq!(wrong, 10);
}

#[tokio::test]
async fn a_network_that_guesses_at_many_accounts_is_stopped() {
    let world = World::configured(|config| config.limits.address_failures.count = 5).await;
    world.registered(ADA).await;
    for index in 0..5 {
        let name = format!("nobody{index}@example.test");
        world.ask(World::sign_in(&name, "wrong password")).await.unwrap_err();
    }
    assert_eq!(code_of(&world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap_err()), Code::TooManyRequests);
    world.app.perform(world.visitor_from("198.51.100.1"), World::sign_in(ADA, PASSWORD)).await.unwrap();
    let still = world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap_err();
    assert_eq!(code_of(&still), Code::TooManyRequests, "one's own account pays for nothing");
}

#[tokio::test]
async fn a_reset_ends_every_session_and_every_grant() {
    let world = World::start().await;
    world.registered(ADA).await;
    let signed_in = world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap();
    let cookie = signed_in.cookie.unwrap();
    world.family(signed_in.user.id, Some(signed_in.session.id)).await;
    world.family(signed_in.user.id, None).await;
    let token = reset_link(&world).await;
    assert!(world.resume(&cookie).await.is_some(), "asking for a link changes nothing");

    let weak = world.ask(reset(&token, "password123")).await.unwrap_err();
    assert_eq!(weak.refusal().unwrap().fields[0].code, "too_common");
    let done = world.ask(reset(&token, NEW)).await.unwrap();
    assert_eq!((done.email.as_typed(), done.sessions_ended), (ADA, 1));
    assert!(world.resume(&cookie).await.is_none());
    assert_eq!(world.families().await, vec![Some("password_reset".to_owned()); 2]);
    assert_eq!(world.letters(Letter::PasswordChanged).await.len(), 1);
    world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap_err();
    world.ask(World::sign_in(ADA, NEW)).await.unwrap();
    assert_eq!(code_of(&world.ask(reset(&token, "third good password")).await.unwrap_err()), Code::ProofInvalid);
}

#[tokio::test]
async fn of_parallel_resets_by_one_link_one_succeeds() {
    let world = World::start().await;
    world.registered(ADA).await;
    let token = reset_link(&world).await;
    let passwords: Vec<_> = (0..15).map(|index| format!("good password {index}")).collect();
    let tries: Vec<_> = passwords
        .iter()
        .map(|password| {
            let (app, caller, reset) = (world.app.clone(), world.visitor(), reset(&token, password));
            tokio::spawn(async move { app.perform(caller, reset).await })
        })
        .collect();
    let mut winners = Vec::new();
    for (password, tried) in passwords.iter().zip(tries) {
        match tried.await.unwrap() {
            Ok(_) => winners.push(password),
            Err(error) => assert_eq!(code_of(&error), Code::ProofInvalid),
        }
    }
    assert_eq!(winners.len(), 1);
    world.ask(World::sign_in(ADA, winners[0])).await.unwrap();
}

#[tokio::test]
async fn no_sign_in_with_the_old_password_outlives_a_reset() {
    let world = World::start().await;
    world.registered(ADA).await;
    let token = reset_link(&world).await;
    let sign_ins: Vec<_> = (0..20)
        .map(|_| {
            let (app, caller) = (world.app.clone(), world.visitor());
            tokio::spawn(async move { app.perform(caller, World::sign_in(ADA, PASSWORD)).await })
        })
        .collect();
    world.ask(reset(&token, NEW)).await.unwrap();
    for signed_in in sign_ins {
        if let Ok(signed_in) = signed_in.await.unwrap() {
            assert!(world.resume(&signed_in.cookie.unwrap()).await.is_none());
        }
    }
}

#[tokio::test]
async fn a_reset_retires_other_links_proves_the_address_and_opens_a_throttled_account() {
    let world = World::start().await;
    let register =
        crate::domain::sign_up::Register { email: ADA.into(), password: Secret::new(PASSWORD), name: "Ada".into() };
    world.ask(register).await.unwrap();
    let first = reset_link(&world).await;
    let second = reset_link(&world).await;
    for _ in 0..11 {
        world.ask(World::sign_in(ADA, "wrong password")).await.unwrap_err();
    }
    world.ask(reset(&second, NEW)).await.unwrap();
    assert_eq!(code_of(&world.ask(reset(&first, NEW)).await.unwrap_err()), Code::ProofInvalid);
    let signed_in = world.ask(World::sign_in(ADA, NEW)).await.unwrap();
    assert!(signed_in.user.email_verified_at.is_some());
}

#[tokio::test]
async fn nothing_is_sent_to_unknown_or_locked_accounts() {
    let world = World::start().await;
    world.registered(ADA).await;
    let token = reset_link(&world).await;
    world.app.perform(world.operator(), LockUser { whom: Whom::from(ADA) }).await.unwrap();
    for email in [ADA, "nobody@example.test"] {
        world.ask(ForgotPassword { email: email.into() }).await.unwrap();
    }
    assert_eq!(world.letters(Letter::ResetPassword).await.len(), 1);
    assert_eq!(code_of(&world.ask(reset(&token, NEW)).await.unwrap_err()), Code::ProofInvalid);
}

#[tokio::test]
async fn a_change_needs_the_present_password_and_ends_others_when_asked() {
    let world = World::start().await;
    world.registered(ADA).await;
    let here = world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap();
    let there = world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap();
    let caller = world.person(&here).await;
    let change = |current: &str, new: &str, end_others| ChangePassword {
        current: Secret::new(current),
        new: Secret::new(new),
        end_others,
    };
    let wrong = world.app.perform(caller.clone(), change("wrong password", NEW, true)).await.unwrap_err();
    assert_eq!(wrong.refusal().unwrap().fields[0].field, "current_password");
    world.app.perform(caller.clone(), change(PASSWORD, NEW, false)).await.unwrap();
    let (here, there) = (here.cookie.unwrap(), there.cookie.unwrap());
    assert!(world.resume(&there).await.is_some());

    let user = world.resume(&here).await.unwrap().user;
    world.family(user, Some(world.resume(&here).await.unwrap().session)).await;
    world.family(user, None).await;
    let ended = world.app.perform(caller, change(NEW, "third good password", true)).await.unwrap();
    assert_eq!(ended, 1);
    assert!(world.resume(&here).await.is_some());
    assert!(world.resume(&there).await.is_none());
    assert_eq!(world.families().await, [None, Some("password_changed".to_owned())]);
    assert_eq!(world.letters(Letter::PasswordChanged).await.len(), 2);
}

#[tokio::test]
async fn a_stolen_session_cannot_guess_without_end() {
    let world = World::start().await;
    world.registered(ADA).await;
    let signed_in = world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap();
    let caller = world.person(&signed_in).await;
    let guess = || ChangePassword { current: Secret::new("wrong password"), new: Secret::new(NEW), end_others: false };
    for _ in 0..10 {
        assert_eq!(code_of(&world.app.perform(caller.clone(), guess()).await.unwrap_err()), Code::InvalidInput);
    }
    assert_eq!(code_of(&world.app.perform(caller, guess()).await.unwrap_err()), Code::TooManyRequests);
}

#[tokio::test]
async fn imported_hashes_are_replaced_at_the_first_sign_in() {
    let world = World::start().await;
    // bcrypt of "U*U" at cost 5, from the test vectors of crypt_blowfish.
    let hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    let import = CreateUser {
        email: ADA.into(),
        name: "Ada".into(),
        password: None,
        password_hash: Some(hash.into()),
        verified: true,
        admin: false,
        claims: serde_json::Map::new(),
    };
    world.app.perform(world.operator(), import).await.unwrap();
    for _ in 0..2 {
        world.ask(World::sign_in(ADA, "U*U")).await.unwrap();
    }
    let upgrades = world.facts().await.iter().filter(|fact| *fact == "password.hash_upgraded").count();
    assert_eq!(upgrades, 1);
}

#[tokio::test]
async fn a_mail_tells_of_a_new_device_but_not_of_the_first() {
    let world = World::start().await;
    world.registered(ADA).await;
    world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap();
    world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap();
    assert!(world.letters(Letter::NewSignIn).await.is_empty());
    world.app.perform(world.visitor_from("198.51.100.1"), World::sign_in(ADA, PASSWORD)).await.unwrap();
    let letter = world.letter(Letter::NewSignIn).await;
    assert_eq!((&letter["device"], &letter["address"]), (&"Firefox on Linux".into(), &"198.51.100.1".into()));
}

#[tokio::test]
async fn empty_fields_are_named() {
    let world = World::start().await;
    let error = world.ask(World::sign_in(" ", "")).await.unwrap_err();
    let fields: Vec<_> = error.refusal().unwrap().fields.iter().map(|field| field.field).collect();
    assert_eq!(fields, ["username", "password"]);
}
