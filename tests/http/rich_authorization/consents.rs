//! What a person reads, allows and takes back (RFC 9396 §3.1), and what is remembered of it.

use serde_json::{Value, json};

use super::start;
use crate::world::{account, payment};

#[tokio::test]
async fn the_page_says_everything_in_words() {
    let mut start = start().await;
    let request =
        start.shop.request().scope("openid email").details(&[payment("123.50"), account("DE02100100109307118603")]);
    let page = start.browser.authorize(&request).await.is_at("/consent").clone();
    for words in [
        "Make a payment",
        "Amount 123.50 EUR",
        "To Merchant A",
        "See an account",
        "Balances and bookings, nothing else.",
        "IBAN DE02100100109307118603",
        "What it may do balances",
        "At Example Bank",
        "See your e-mail address",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    assert!(page.text.find("Merchant A") < page.text.find("123.50 EUR"), "in the order of what is required");
    start.browser.press("consent-deny").await;
    assert_eq!(start.browser.error(), "access_denied");
}

#[tokio::test]
async fn hostile_texts_are_only_texts() {
    let mut start = start().await;
    let mut object = payment("1.00");
    for hostile in [
        "<script>alert(1)</script>",
        "</dd></dl><h1>Allowed</h1>",
        "Alice\u{202E}ecilA",
        "zero\u{200B}width\u{E0041}",
        "one\ntwo\u{7}",
        "{{ 7 * 7 }} {% raw %}",
        "\" onmouseover=\"x",
    ] {
        object["creditorName"] = json!(hostile);
        let request = start.shop.request().details(std::slice::from_ref(&object));
        let page = start.browser.authorize(&request).await.is_at("/consent").clone();
        let html = page.answer.text();
        assert!(!html.contains("<script>alert") && !html.contains("<h1>Allowed"), "{hostile:?}");
        assert!(!html.contains("\" onmouseover"), "{hostile:?}");
        assert!(!html.chars().any(|c| matches!(c, '\u{202E}' | '\u{200B}' | '\u{E0041}' | '\u{7}')), "{hostile:?}");
        assert!(page.text.contains("1.00 EUR"), "{hostile:?}");
        assert!(!page.text.contains("49"), "{hostile:?}");
        // What is shown is tamed; what is granted is what was asked for.
        let code = start.browser.consent().await.code();
        let (_, details) = start.shop.code_request(&code).send().await.detailed();
        assert_eq!(details[0]["creditorName"], hostile);
    }
    object["creditorName"] = json!("x".repeat(900));
    let request = start.shop.request().details(&[object]);
    let page = start.browser.authorize(&request).await.is_at("/consent");
    assert!(page.text.contains("and 400 more characters"), "{}", page.text);
}

#[tokio::test]
async fn other_details_are_asked_for_and_payments_each_time() {
    let mut start = start().await;
    let ask = |objects: &[Value]| start.shop.request().details(objects);
    start.browser.authorize(&ask(&[account("DE1")])).await.consent().await.code();
    start.browser.authorize(&ask(&[account("DE1")])).await.code();
    start.browser.authorize(&start.shop.request()).await.code();
    for other in [vec![account("DE2")], vec![account("DE1"), account("DE2")]] {
        start.browser.authorize(&ask(&other)).await.is_at("/consent");
        start.browser.authorize(&ask(&other).with("prompt", "none")).await;
        assert_eq!(start.browser.error(), "consent_required");
    }
    let mut changed = account("DE1");
    changed["actions"] = json!(["balances", "bookings"]);
    start.browser.authorize(&ask(&[changed])).await.is_at("/consent");
    // What was allowed stays allowed: both together need no question.
    start.browser.authorize(&ask(&[account("DE2")])).await.consent().await.code();
    start.browser.authorize(&ask(&[account("DE2"), account("DE1")])).await.code();
    // A payment that was made is made again only if the person says so again.
    start.browser.authorize(&ask(&[payment("7.00")])).await.consent().await.code();
    start.browser.authorize(&ask(&[payment("7.00")])).await.is_at("/consent");
    start.browser.authorize(&ask(&[account("DE1"), payment("7.00")]).with("prompt", "none")).await;
    assert_eq!(start.browser.error(), "consent_required");
    // Nobody is asked about the operator's own.
    let ours = start.world.client("ours").first_party().detailed().create().await;
    start.browser.authorize(&ours.request().details(&[payment("7.00")])).await.code();
}

#[tokio::test]
async fn they_are_listed_and_taken_back_with_everything_else() {
    let mut start = start().await;
    let mut other = start.alice.signed_in().await;
    let request = start.shop.request().scope("openid offline_access").details(&[account("DE1"), payment("7.00")]);
    let code = other.authorize(&request).await.consent().await.code();
    let tokens = start.shop.token(&code).await;
    let page = start.browser.open("/account/consents").await.page().clone();
    // The payment is not remembered, but the refresh token has it.
    for words in ["See an account", "IBAN DE1", "Make a payment", "7.00 EUR"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let (front_end, _) = start.alice.front_end().await;
    let consent = front_end.consent_to(&start.shop).await.unwrap();
    assert_eq!(consent["authorization_details"], json!([account("DE1"), payment("7.00")]));
    let listed = start.world.signet(&["user", "consents", &start.alice.email], "").await.done();
    assert_eq!(listed[0]["authorization_details"], consent["authorization_details"]);
    front_end.withdraw_from(&start.shop).await;
    start.shop.refresh_request(tokens.refresh()).send().await.refused(400, "invalid_grant");
    start.shop.finds_inactive(&tokens.access).await;
    start.browser.authorize(&start.shop.request().details(&[account("DE1")])).await.is_at("/consent");
    assert!(!start.browser.open("/account/consents").await.page().text.contains("DE1"));
}

#[tokio::test]
async fn facts_name_types_and_nothing_else() {
    let mut start = start().await;
    start.code_for(&[payment("7.00"), account("DE1")]).await;
    let facts = start.alice.activity().await;
    for name in ["consent.granted", "authorization.granted"] {
        let fact = facts.iter().find(|fact| fact.name == name).unwrap();
        assert_eq!(fact.details["authorization_details_types"], json!(["account", "payment"]));
        assert!(!fact.details.to_string().contains("DE1"), "{}", fact.details);
    }
}
