//! What of the granted details each token has (RFC 9396 §6, §7, §9).

use serde_json::{Value, json};
use signet::domain::{
    clients::{GrantType, TokenFormat},
    resources::UpdateResource,
};

use super::{start, start_with};
use crate::world::{BANK, FILES, account, file, payment};

const REFUSED: &str = "invalid_authorization_details";

#[tokio::test]
async fn section_6_the_token_request_narrows_and_the_grant_remembers() {
    let mut start = start().await;
    let both = [account("DE1"), account("DE2")];
    let code = start.code_for(&both).await;
    let answer = start.shop.code_request(&code).details(&both[1..]).send().await.expect(200);
    assert_eq!(answer.json()["authorization_details"], json!(&both[1..]));
    let tokens = answer.tokens();
    assert_eq!(start.claims(&tokens.access).await["authorization_details"], json!(&both[1..]));
    // The order of members is nobody's; the next token has another one of them, and the one after that all.
    let same = r#"[{"actions":["balances"],"iban":"DE1","type":"account"}]"#;
    let narrow = start.shop.refresh_request(tokens.refresh()).with("authorization_details", same);
    let answer = narrow.send().await.expect(200);
    assert_eq!(answer.json()["authorization_details"], json!(&both[..1]));
    let answer = start.shop.refresh_request(answer.tokens().refresh()).send().await.expect(200);
    assert_eq!(answer.json()["authorization_details"], json!(both));
    let refresh = answer.tokens().refresh.unwrap();
    assert_eq!(start.shop.finds_active(&refresh).await["authorization_details"], json!(both));
}

#[tokio::test]
async fn section_6_nothing_is_widened_and_nothing_is_spent_for_it() {
    let mut start = start().await;
    let code = start.code_for(&[account("DE1")]).await;
    let tokens = start.shop.token(&code).await;
    let mut fewer = account("DE1");
    fewer.as_object_mut().unwrap().remove("actions");
    let mut more = account("DE1");
    more["actions"] = json!(["balances", "bookings"]);
    let others: Vec<Vec<Value>> = vec![
        vec![account("DE2")],
        vec![account("DE1"), account("DE2")],
        vec![payment("7.00")],
        vec![fewer], // whole objects are compared: what is less, only their API knows
        vec![more],
        vec![json!({ "type": "loan" })],
        vec![],
    ];
    for other in &others {
        let wider = start.shop.refresh_request(tokens.refresh()).details(other);
        wider.send().await.refused(400, REFUSED);
    }
    let malformed = start.shop.refresh_request(tokens.refresh()).with("authorization_details", "{");
    malformed.send().await.refused(400, REFUSED);
    assert_eq!(start.world.families().await[0].generation, 0);
    start.shop.refresh(tokens.refresh()).await;
    let code = start.code_for(&[account("DE1")]).await;
    start.shop.code_request(&code).details(&[account("DE2")]).send().await.refused(400, REFUSED);
    // Where nothing was granted in detail, nothing can be named.
    let plain = start.browser.authorize(&start.shop).await.code();
    start.shop.code_request(&plain).details(&[account("DE1")]).send().await.refused(400, REFUSED);
}

#[tokio::test]
async fn section_9_each_api_learns_what_is_for_itself() {
    let mut start = start().await;
    let both = [account("DE1"), file("/taxes")];
    let code = start.code_for(&both).await;
    let tokens = start.shop.token(&code).await;
    // One token for both: each API that asks is told its own, the client everything.
    let named = |uri: &'static str| start.world.client("api").with(move |create| create.client_id = Some(uri.into()));
    let (bank, files) = (named(BANK).create().await, named(FILES).create().await);
    let gateway = start.world.client("gateway").with(|create| create.metadata.may_introspect = true).create().await;
    assert_eq!(bank.finds_active(&tokens.access).await["authorization_details"], json!(&both[..1]));
    assert_eq!(files.finds_active(&tokens.access).await["authorization_details"], json!(&both[1..]));
    assert_eq!(gateway.finds_active(&tokens.access).await["authorization_details"], json!(both));
    // One token for each.
    let narrow = start.shop.refresh_request(tokens.refresh()).with("resource", BANK).send().await;
    let (token, details) = narrow.detailed();
    assert_eq!(details, json!(&both[..1]));
    assert_eq!(start.claims(&token).await["authorization_details"], json!(&both[..1]));
    files.finds_inactive(&token).await;
    // What is for another API is not left out silently where it is named.
    let code = start.code_for(&both).await;
    let refresh = start.shop.token(&code).await.refresh.unwrap();
    let elsewhere = start.shop.refresh_request(&refresh).with("resource", BANK).details(&both[1..]);
    elsewhere.send().await.refused(400, REFUSED);
    let (_, details) =
        start.shop.refresh_request(&refresh).with("resource", FILES).details(&both[1..]).send().await.detailed();
    assert_eq!(details, json!(&both[1..]));
}

#[tokio::test]
async fn opaque_tokens_say_it_by_introspection() {
    let mut start = start().await;
    let opaque = UpdateResource {
        uri: BANK.into(),
        access_token_format: Some(TokenFormat::Opaque),
        ..UpdateResource::default()
    };
    start.world.operator(opaque).await.unwrap();
    let code = start.code_for(&[account("DE1")]).await;
    let (token, details) = start.shop.code_request(&code).send().await.detailed();
    assert!(!token.contains('.'));
    assert_eq!(details, json!([account("DE1")]));
    let bank = start.world.client("bank").with(|create| create.client_id = Some(BANK.into())).create().await;
    assert_eq!(bank.finds_active(&token).await["authorization_details"], json!([account("DE1")]));
}

#[tokio::test]
async fn a_type_that_is_gone_is_in_no_new_token() {
    let mut start = start().await;
    let both = [account("DE1"), file("/taxes")];
    let code = start.code_for(&both).await;
    let tokens = start.shop.token(&code).await;
    let without = UpdateResource {
        uri: BANK.into(),
        without_authorization_details_types: vec!["account".into()],
        ..UpdateResource::default()
    };
    start.world.operator(without).await.unwrap();
    start.shop.refresh_request(tokens.refresh()).details(&both[..1]).send().await.refused(400, REFUSED);
    let (_, details) = start.shop.refresh_request(tokens.refresh()).send().await.detailed();
    assert_eq!(details, json!(&both[1..]));
    start.browser.authorize(&start.shop.request().details(&both)).await;
    assert_eq!(start.browser.error(), REFUSED);
}

#[tokio::test]
async fn a_device_asks_for_them() {
    let start = start().await;
    let tv = start.world.client("tv").device().detailed().create().await;
    let ask = |objects: &[Value]| tv.device_authorization().details(objects).call_to("/oauth2/device_authorization");
    ask(&[json!({ "type": "loan" })]).send().await.refused(400, REFUSED);
    ask(&[payment("7")]).send().await.refused(400, REFUSED);
    let begun = ask(&[payment("7.00"), account("DE1")]).send().await.begun(); // without any scope
    let mut browser = start.alice.signed_in().await;
    let page = browser.enter(&begun.user_code).await.is_at("/device/confirm").clone();
    for words in ["Make a payment", "7.00 EUR", "Merchant A", "See an account", "DE1", "Example Bank"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    browser.press("device-allow").await.is_at("/device/done");
    let narrow = tv.poll(&begun.device_code).details(&[account("DE2")]).send().await;
    narrow.refused(400, REFUSED);
    let answer = tv.poll(&begun.device_code).send().await.expect(200);
    assert_eq!(answer.json()["authorization_details"], json!([payment("7.00"), account("DE1")]));
    let (_, details) = tv.refresh_request(answer.tokens().refresh()).details(&[account("DE1")]).send().await.detailed();
    assert_eq!(details, json!([account("DE1")]));
}

#[tokio::test]
async fn tokens_through_the_browser_have_them_too() {
    let start = start_with(|config| config.oauth.implicit_and_hybrid = true).await;
    let grants = [GrantType::AuthorizationCode, GrantType::Implicit];
    let types = vec!["code token".to_owned()];
    let page =
        start.world.client("page").detailed().grants(&grants).with(|create| create.metadata.response_types = types);
    let page = page.create().await;
    let mut browser = start.browser;
    let request = page.request().with("response_type", "code token").details(&[account("DE1")]);
    browser.authorize(&request).await.consent().await;
    let token = browser.arrival().parameters["access_token"].clone();
    let claims = start.world.jwks().await.verify(&token).claims;
    assert_eq!((&claims["aud"], &claims["authorization_details"]), (&json!(BANK), &json!([account("DE1")])));
}
