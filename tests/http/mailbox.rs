//! `/dev/mailbox`: the mails of a development service, which reach nobody.

use signet::config::Mode;

use crate::world::{PASSWORD, World};

const NORA: &str = "nora@example.test";

#[tokio::test]
async fn a_mail_can_be_read_and_its_link_followed() {
    let world = World::start().await;
    let mut browser = world.browser();
    assert!(browser.open("/dev/mailbox").await.page().text.contains("No mail yet."));
    world.front_end().register(NORA, PASSWORD, "Nora").await.expect(202);
    let code = world.mail("verify_email", NORA).await.code();
    assert!(browser.open("/dev/mailbox").await.page().text.contains(NORA));
    browser.follow("Confirm your e-mail address for Signet").await;
    let mail = browser.page();
    assert!(mail.path.starts_with("/dev/mailbox/mal_") && mail.heading == "Confirm your e-mail address for Signet");
    assert!(mail.text.contains(&format!("Your code: {code}")) && mail.text.contains("in 24 hours"), "{}", mail.text);
    let link = mail.links.iter().find(|(_, address)| address.contains("/verify-email?token=")).unwrap().0.clone();
    browser.follow(&link).await.press("Confirm address").await.is_at("/verify-email/done");
}

#[tokio::test]
async fn every_kind_of_mail_can_be_read() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let front_end = world.front_end();
    front_end.register(NORA, PASSWORD, "Nora").await.expect(202);
    front_end.register(&alice.email, PASSWORD, "Nora").await.expect(202);
    front_end.forgot(&alice.email).await.expect(202);
    alice.front_end().await;
    world.front_end().from("203.0.113.7").login(&alice.email, PASSWORD).await.expect(200);
    let token = world.mail("reset_password", &alice.email).await.link();
    front_end.reset(token.split_once("token=").unwrap().1, "crimson teapot waltz").await.expect(200);
    let mut kinds: Vec<_> = world.mails().await.into_iter().map(|mail| mail.kind).collect();
    kinds.sort();
    let expected = ["already_registered", "new_sign_in", "password_changed", "reset_password", "verify_email"];
    assert_eq!(kinds, expected);
    let mut browser = world.browser();
    for (_, address) in browser.open("/dev/mailbox").await.page().links.clone() {
        if address.starts_with("/dev/mailbox/") {
            let page = browser.open(&address).await.page();
            assert_eq!(page.status(), 200);
            assert!(page.text.contains("id.example.test") && !page.text.contains("{{"), "{}", page.text);
            assert!(page.text.contains("We never ask for your password by mail."));
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::start().await;
    for id in ["mal_00000000000000000000000000000000", "nonsense", "..%2f..", "%20"] {
        world.get(&format!("/dev/mailbox/{id}")).await.error_page(404);
    }
}

#[tokio::test]
async fn in_production_there_is_no_mailbox() {
    let world = World::configured(|config| config.mode = Mode::Production).await;
    world.front_end().register(NORA, PASSWORD, "Nora").await.expect(202);
    let id = world.snapshot().await["outgoing_mail"][0].clone();
    let id = id.split_once("id: ").unwrap().1[..36].replace('-', "");
    world.get("/dev/mailbox").await.error_page(404);
    world.get(&format!("/dev/mailbox/mal_{id}")).await.error_page(404);
}
