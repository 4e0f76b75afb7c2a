//! Registering and proving an address, against a database.

use chrono::TimeDelta;

use super::*;
use crate::{
    app::Letter,
    domain::{
        sessions,
        sessions::LockUser,
        testing::{PASSWORD, World},
        users::Whom,
    },
    kernel::{Code, Error, secret::Secret},
};

const ADA: &str = "Ada@example.test";

fn register(email: &str, password: &str) -> Register {
    Register { email: email.into(), password: Secret::new(password), name: "Ada".into() }
}

fn by_code(code: &str) -> VerifyEmail {
    VerifyEmail { by: Proved::Code { email: ADA.into(), code: Secret::new(code) } }
}

fn by_link(token: &Secret) -> VerifyEmail {
    VerifyEmail { by: Proved::Link(token.clone()) }
}

fn code_of(error: &Error) -> Code {
    error.refusal().unwrap().code
}

/// The code of the newest mail, and six wrong ones.
async fn codes(world: &World) -> (String, Vec<String>) {
    let code = world.letter(Letter::VerifyEmail).await["code"].as_str().unwrap().to_owned();
    let wrong = (0..10).map(|digit| format!("{digit}").repeat(6)).filter(|wrong| *wrong != code).take(6).collect();
    (code, wrong)
}

#[tokio::test]
async fn from_registration_to_being_locked_out() {
    let world = World::start().await;
    world.ask(register(ADA, PASSWORD)).await.unwrap();
    let token = world.link(Letter::VerifyEmail).await;
    let state = world.ask(CheckLink { token: token.clone() }).await.unwrap();
    assert!(matches!(state, LinkState::Good { email } if email.as_typed() == ADA));
    let verified = world.ask(by_link(&token)).await.unwrap();
    assert_eq!(world.ask(CheckLink { token: token.clone() }).await.unwrap(), LinkState::Used);
    assert_eq!(code_of(&world.ask(by_link(&token)).await.unwrap_err()), Code::ProofInvalid);

    let signed_in = world.ask(World::sign_in("ada@EXAMPLE.test", PASSWORD)).await.unwrap();
    assert_eq!(signed_in.user.id, verified.user);
    assert!(signed_in.user.email_verified_at.is_some());
    let cookie = signed_in.cookie.unwrap();
    assert_eq!(world.resume(&cookie).await.unwrap().session, signed_in.session.id);

    world.app.perform(world.operator(), LockUser { whom: Whom::Id(verified.user) }).await.unwrap();
    assert!(world.resume(&cookie).await.is_none());
    let refused = world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap_err();
    assert_eq!(code_of(&refused), Code::WrongCredentials);

    let expected = [
        "user.registered",
        "email.verification_sent",
        "email.verified",
        "session.started",
        "user.locked",
        "session.ended",
        "sign_in.failed",
    ];
    assert_eq!(world.facts().await, expected);
}

#[tokio::test]
async fn of_parallel_callers_with_one_link_one_verifies() {
    let world = World::start().await;
    world.ask(register(ADA, PASSWORD)).await.unwrap();
    let token = world.link(Letter::VerifyEmail).await;
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let (app, caller, verify) = (world.app.clone(), world.visitor(), by_link(&token));
            tokio::spawn(async move { app.perform(caller, verify).await })
        })
        .collect();
    let mut successes = 0;
    for tried in tries {
        match tried.await.unwrap() {
            Ok(_) => successes += 1,
            Err(error) => assert_eq!(code_of(&error), Code::ProofInvalid),
        }
    }
    assert_eq!(successes, 1);
}

#[tokio::test]
async fn a_code_dies_after_five_wrong_tries_and_the_link_does_not() {
    let world = World::start().await;
    world.ask(register(ADA, PASSWORD)).await.unwrap();
    let (right, wrong) = codes(&world).await;
    for wrong in &wrong[..5] {
        assert_eq!(code_of(&world.ask(by_code(wrong)).await.unwrap_err()), Code::ProofInvalid);
    }
    assert_eq!(code_of(&world.ask(by_code(&right)).await.unwrap_err()), Code::ProofInvalid);
    let failures = world.facts().await.iter().filter(|fact| *fact == "email.verification_failed").count();
    assert_eq!(failures, 5, "a wrong code is counted although it is refused");
    world.ask(by_link(&world.link(Letter::VerifyEmail).await)).await.unwrap();
}

#[tokio::test]
async fn a_right_code_at_the_last_try_verifies_once() {
    let world = World::start().await;
    world.ask(register(ADA, PASSWORD)).await.unwrap();
    let (right, wrong) = codes(&world).await;
    for wrong in &wrong[..4] {
        world.ask(by_code(wrong)).await.unwrap_err();
    }
    world.ask(by_code(&right)).await.unwrap();
    assert_eq!(code_of(&world.ask(by_code(&right)).await.unwrap_err()), Code::ProofInvalid);
    let link = world.link(Letter::VerifyEmail).await;
    assert_eq!(code_of(&world.ask(by_link(&link)).await.unwrap_err()), Code::ProofInvalid);
}

#[tokio::test]
async fn parallel_guesses_are_no_more_than_others() {
    let world = World::start().await;
    world.ask(register(ADA, PASSWORD)).await.unwrap();
    let (_, wrong) = codes(&world).await;
    let tries: Vec<_> = (0..20)
        .map(|index| {
            let (app, caller, guess) = (world.app.clone(), world.visitor(), by_code(&wrong[index % wrong.len()]));
            tokio::spawn(async move { app.perform(caller, guess).await })
        })
        .collect();
    for tried in tries {
        tried.await.unwrap().unwrap_err();
    }
    let compared = world.facts().await.iter().filter(|fact| *fact == "email.verification_failed").count();
    assert_eq!(compared, 5);
}

#[tokio::test]
async fn a_new_mail_kills_the_older_code_and_leaves_the_older_link() {
    let world = World::start().await;
    world.ask(register(ADA, PASSWORD)).await.unwrap();
    let (old_code, _) = codes(&world).await;
    let old_link = world.link(Letter::VerifyEmail).await;
    world.pass(TimeDelta::minutes(1));
    world.ask(ResendVerification { email: ADA.into() }).await.unwrap();
    let (new_code, _) = codes(&world).await;
    if old_code != new_code {
        world.ask(by_code(&old_code)).await.unwrap_err();
    }
    world.ask(by_link(&old_link)).await.unwrap();
    world.ask(by_code(&new_code)).await.unwrap_err();
}

#[tokio::test]
async fn links_and_codes_are_worthless_after_a_day() {
    let world = World::start().await;
    world.ask(register(ADA, PASSWORD)).await.unwrap();
    let (code, _) = codes(&world).await;
    let link = world.link(Letter::VerifyEmail).await;
    world.pass(TimeDelta::hours(24));
    assert_eq!(world.ask(CheckLink { token: link.clone() }).await.unwrap(), LinkState::Expired);
    world.ask(by_link(&link)).await.unwrap_err();
    world.ask(by_code(&code)).await.unwrap_err();
    assert_eq!(world.ask(CheckLink { token: Secret::new("sgt_ev_x") }).await.unwrap(), LinkState::Unknown);
}

#[tokio::test]
async fn registering_again_answers_the_same_and_changes_no_password() {
    let world = World::start().await;
    world.ask(register(ADA, PASSWORD)).await.unwrap();
    let first = world.link(Letter::VerifyEmail).await;
    world.ask(register("ADA@EXAMPLE.test", "another good password")).await.unwrap();
    assert_eq!(world.letters(Letter::VerifyEmail).await.len(), 2, "nobody proved the address: another mail");
    world.ask(by_link(&first)).await.unwrap();
    world.ask(register(ADA, "another good password")).await.unwrap();
    assert_eq!(world.letters(Letter::AlreadyRegistered).await.len(), 1);
    assert_eq!(world.letters(Letter::VerifyEmail).await.len(), 2);
    world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap();
    world.ask(World::sign_in(ADA, "another good password")).await.unwrap_err();
}

/// Account pre-hijacking: somebody registers an address that is not theirs and waits for its owner to prove it.
#[tokio::test]
async fn whoever_reads_the_mail_decides_whose_password_holds() {
    let world = World::start().await;
    world.ask(register(ADA, "the password of mallory")).await.unwrap();
    let mallory = world.ask(World::sign_in(ADA, "the password of mallory")).await.unwrap();
    world.ask(register(ADA, PASSWORD)).await.unwrap();
    world.ask(by_link(&world.link(Letter::VerifyEmail).await)).await.unwrap();
    world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap();
    world.ask(World::sign_in(ADA, "the password of mallory")).await.unwrap_err();
    let cookie = mallory.cookie.unwrap();
    let resumed = sessions::resume::principal(&world.app, &world.tenant, &cookie, world.app.clock.now()).await.unwrap();
    assert!(resumed.is_none(), "the session that was begun with the other password is over");
}

/// A mail that was asked for again says nothing of who asked: then no password holds.
#[tokio::test]
async fn a_proof_that_claims_nothing_leaves_no_password_of_several() {
    let world = World::start().await;
    world.ask(register(ADA, "the password of mallory")).await.unwrap();
    world.ask(register(ADA, PASSWORD)).await.unwrap();
    world.app.clock.advance(TimeDelta::minutes(2));
    world.ask(ResendVerification { email: ADA.into() }).await.unwrap();
    assert_eq!(world.letters(Letter::VerifyEmail).await.len(), 3);
    world.ask(by_link(&world.link(Letter::VerifyEmail).await)).await.unwrap();
    world.ask(World::sign_in(ADA, PASSWORD)).await.unwrap_err();
    world.ask(World::sign_in(ADA, "the password of mallory")).await.unwrap_err();
}

#[tokio::test]
async fn mails_are_throttled_for_every_address_alike() {
    let world = World::start().await;
    world.ask(register(ADA, PASSWORD)).await.unwrap();
    for email in [ADA, "nobody@example.test"] {
        let resend = || ResendVerification { email: email.to_uppercase() };
        if email != ADA {
            world.ask(resend()).await.unwrap();
        }
        let refused = world.ask(resend()).await.unwrap_err();
        assert_eq!(code_of(&refused), Code::TooManyRequests, "{email}");
        world.pass(TimeDelta::minutes(1));
        world.ask(resend()).await.unwrap();
    }
    assert_eq!(world.letters(Letter::VerifyEmail).await.len(), 2);
}

#[tokio::test]
async fn everything_wrong_with_a_form_is_said_at_once() {
    let world = World::start().await;
    let form = Register { email: "ada".into(), password: Secret::new("short"), name: " ".into() };
    let error = world.ask(form).await.unwrap_err();
    let fields: Vec<_> = error.refusal().unwrap().fields.iter().map(|field| (field.field, field.code)).collect();
    assert_eq!(fields, [("email", "invalid"), ("name", "invalid"), ("password", "too_short")]);
    assert!(world.facts().await.is_empty());
}

#[tokio::test]
async fn registration_can_be_closed() {
    let world = World::configured(|config| config.registration.open = false).await;
    assert_eq!(code_of(&world.ask(register(ADA, PASSWORD)).await.unwrap_err()), Code::Forbidden);
}
