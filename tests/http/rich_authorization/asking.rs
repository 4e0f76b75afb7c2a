//! What may be asked for, wherever a request stands (RFC 9396 §2, §3, §5).

use serde_json::{Value, json};

use super::start;
use crate::world::{BANK, FILES, ISSUER, Request, Signer, account, file, payment};

const REFUSED: &str = "invalid_authorization_details";

#[tokio::test]
async fn journey_from_the_request_to_the_apis() {
    let mut start = start().await;
    let (account, file) = (account("DE1"), file("/taxes"));
    let request = start.shop.request().scope("openid bank:read").details(&[account.clone(), file.clone()]);
    start.browser.authorize(&request).await.is_at("/consent");
    let code = start.browser.consent().await.code();
    let answer = start.shop.code_request(&code).send().await.expect(200);
    let json = answer.json();
    assert_eq!(json["authorization_details"], json!([account, file]), "§7");
    assert_eq!(json["scope"], "bank:read");
    assert!(json.get("id_token").is_some(), "openid was granted, whatever the access token is for");
    let token = json["access_token"].as_str().unwrap();
    let claims = start.claims(token).await;
    // §9.1, and their APIs are named as `resource` would name them.
    assert_eq!((&claims["authorization_details"], &claims["aud"]), (&json!([account, file]), &json!([BANK, FILES])));
    let told = start.shop.finds_active(token).await;
    assert_eq!(told["authorization_details"], json!([account, file]), "§9.2");
    start.shop.userinfo(token).await.refused(401, "invalid_token"); // it is not for us
    let ours = start.shop.refresh_request(json["refresh_token"].as_str().unwrap()).with("resource", ISSUER);
    let (ours, details) = ours.send().await.detailed();
    assert_eq!(details, Value::Null);
    let userinfo = start.shop.userinfo(&ours).await.expect(200).json();
    assert!(userinfo.get("authorization_details").is_none());
}

#[tokio::test]
async fn section_3_details_need_no_scope() {
    let mut start = start().await;
    let request = start.shop.request().without("scope").details(&[payment("7.00")]);
    let page = start.browser.authorize(&request).await.is_at("/consent").clone();
    assert!(page.text.contains("Make a payment") && !page.text.contains("Know that it is you"), "{}", page.text);
    let code = start.browser.consent().await.code();
    let tokens = start.shop.token(&code).await;
    assert_eq!((tokens.scope.as_str(), tokens.id.is_none()), ("", true), "nobody asked who it is");
    let claims = start.claims(&tokens.access).await;
    assert_eq!((&claims["aud"], &claims["authorization_details"]), (&json!(BANK), &json!([payment("7.00")])));
    assert!(claims.get("scope").is_none());
    // Scopes that the client may not have are left out beside them, as ever; without them there is nothing to ask for.
    let foreign = start.shop.request().scope("payroll:read");
    start.browser.authorize(&foreign.clone().details(&[payment("7.00")])).await.consent().await.code();
    start.browser.authorize(&foreign).await;
    assert_eq!(start.browser.error(), "invalid_scope");
    start.browser.authorize(&start.shop.request().without("scope")).await;
    assert_eq!(start.browser.error(), "invalid_scope");
}

/// Every way to ask for something that there is not.
fn wrong() -> Vec<(&'static str, String)> {
    let list = |object: Value| json!([object]).to_string();
    let changed = |mut object: Value, name: &str, value: Value| {
        object[name] = value;
        list(object)
    };
    let mut missing = payment("7.00");
    missing.as_object_mut().unwrap().remove("creditorName");
    vec![
        ("no JSON", "payment".into()),
        ("an object", payment("7.00").to_string()),
        ("no objects", "[]".into()),
        ("a text", json!(["payment"]).to_string()),
        ("no type", json!([{ "creditorName": "Merchant A" }]).to_string()),
        ("an unknown type", list(json!({ "type": "loan" }))),
        ("a type of another client", list(json!({ "type": "card" }))),
        ("the name of a type in capitals", changed(payment("7.00"), "type", json!("Payment"))),
        ("one of two is unknown", json!([payment("7.00"), { "type": "loan" }]).to_string()),
        ("an unknown member", changed(payment("7.00"), "purpose", json!("SALA"))),
        ("an unknown member within", {
            let mut object = payment("7.00");
            object["instructedAmount"]["fee"] = json!("1.00");
            list(object)
        }),
        ("a member of the wrong type", changed(payment("7.00"), "creditorName", json!(["Merchant A"]))),
        ("a wrong value", list(payment("7"))),
        ("a missing member", list(missing)),
        ("a location elsewhere", changed(account("DE1"), "locations", json!(["https://evil.test/accounts"]))),
        (
            "a location that leads elsewhere",
            changed(account("DE1"), "locations", json!([format!("{BANK}.evil.test/x")])),
        ),
        ("too deep", list(json!({ "type": "payment", "x": [[[[[[[[[1]]]]]]]]] }))),
        ("too many", json!((0..21).map(|n| account(&n.to_string())).collect::<Vec<_>>()).to_string()),
        ("too long", list(payment("7.00")).replace("Merchant A", &"x".repeat(16_384))),
        ("a NUL", list(payment("7.00")).replace("Merchant A", "\\u0000")),
    ]
}

#[tokio::test]
async fn section_5_what_is_not_as_its_type_has_it_is_told_to_the_client() {
    let mut start = start().await;
    let world = &start.world;
    world
        .resource_with("cards", "", |create| drop(create.authorization_details_types.insert("card".into(), json!({}))))
        .await;
    for (what, text) in wrong() {
        let request = start.shop.request().with("authorization_details", &text);
        if text.len() < 4096 {
            start.browser.authorize(&request).await; // more does not fit into an address
            assert_eq!(start.browser.error(), REFUSED, "{what}");
        }
        let pushed = start.shop.push(&request).await.refused(400, REFUSED);
        assert!(!pushed.text().contains("Merchant"), "what was sent is not repeated: {}", pushed.text());
    }
    let twice = start.shop.request().details(&[payment("7.00")]).again("authorization_details", "[]");
    start.browser.authorize(&twice).await;
    assert_eq!(start.browser.error(), "invalid_request");
    // An empty value counts as none (RFC 6749 §3.1).
    start.browser.authorize(&start.shop.request().with("authorization_details", "")).await.consent().await.code();
}

#[tokio::test]
async fn locations_are_those_of_the_api() {
    let mut start = start().await;
    let mut object = account("DE1");
    object["locations"] = json!([BANK, format!("{BANK}/accounts"), format!("{BANK}?x=1")]);
    let code = start.code_for(std::slice::from_ref(&object)).await;
    let (_, details) = start.shop.code_request(&code).send().await.detailed();
    assert_eq!(details, json!([object]));
}

#[tokio::test]
async fn pushed_requests_and_request_objects_hold_them_too() {
    let mut start = start().await;
    let request = start.shop.request().details(&[payment("1.00")]);
    let short = start.shop.pushed(&request).await;
    let code = start.browser.authorize(&short).await.consent().await.code();
    assert_eq!(start.shop.code_request(&code).send().await.detailed().1, json!([payment("1.00")]));

    let signer = Signer::new("ES256");
    let jwks = signer.jwks();
    let signing =
        start.world.client("signing").detailed().with(|create| create.metadata.jwks = Some(jwks)).create().await;
    let mut claims = json!({ "iss": signing.id, "aud": ISSUER });
    for (name, value) in signing.request().pairs() {
        claims[name] = value.clone().into();
    }
    claims["authorization_details"] = json!([payment("2.00")]); // a list, not a text
    let object =
        |claims: &Value| Request::default().with("client_id", &signing.id).with("request", &signer.sign(claims));
    let code = start.browser.authorize(&object(&claims)).await.consent().await.code();
    assert_eq!(signing.code_request(&code).send().await.detailed().1, json!([payment("2.00")]));
    // What stands outside of the object does not count (RFC 9101 §6.3).
    let smuggled = object(&claims).details(&[payment("9.00")]);
    let code = start.browser.authorize(&smuggled).await.consent().await.code();
    assert_eq!(signing.code_request(&code).send().await.detailed().1, json!([payment("2.00")]));
    claims["authorization_details"] = json!({ "type": "payment" });
    start.browser.authorize(&object(&claims)).await;
    assert_eq!(start.browser.error(), REFUSED);
    // What cannot be read as an object of this kind is answered before anybody knows where to.
    claims["authorization_details"] = json!(7);
    let page = start.browser.authorize(&object(&claims)).await.page();
    assert!(page.status() == 400 && page.text.contains("invalid_request_object"), "{}", page.text);
}

#[tokio::test]
async fn section_3_2_resources_that_are_named_besides_come_along() {
    let mut start = start().await;
    let orders = start.world.resource("orders", "").await;
    let request = start.shop.request().details(&[account("DE1")]).with("resource", &orders.uri);
    let code = start.browser.authorize(&request).await.consent().await.code();
    let tokens = start.shop.token(&code).await;
    assert_eq!(start.claims(&tokens.access).await["aud"], json!([BANK, orders.uri]));
    // Details let a client name their API; without them it takes a scope of its own there.
    let plain = start.world.client("plain").details_types(&["account"]).create().await;
    start.browser.authorize(&plain.request().with("resource", BANK)).await;
    assert_eq!(start.browser.error(), "invalid_target");
    start
        .browser
        .authorize(&plain.request().with("resource", BANK).details(&[account("DE1")]))
        .await
        .consent()
        .await
        .code();
}
