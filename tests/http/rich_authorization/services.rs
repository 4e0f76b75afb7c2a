//! Clients that act for themselves or for others: details are in their own tokens, and never grow on the way.

use serde_json::{Value, json};
use signet::domain::{
    clients::{AuthMethod, GrantType},
    issuers::{SubjectMapping, Use},
};

use super::start;
use crate::world::{BANK, FILES, account, file, payment};

const REFUSED: &str = "invalid_authorization_details";

#[tokio::test]
async fn a_client_for_itself_has_what_its_types_allow() {
    let start = start().await;
    let grants = [GrantType::ClientCredentials];
    let robot =
        start.world.client("robot").grants(&grants).scope("jobs bank:read").details_types(&["account"]).create().await;
    let ask = || robot.token_request("client_credentials");
    let answer = ask().details(&[account("DE1")]).send().await.expect(200);
    assert_eq!(answer.json()["scope"], "", "it said in detail what it needs");
    let (token, details) = answer.detailed();
    assert_eq!(details, json!([account("DE1")]));
    let claims = start.claims(&token).await;
    assert_eq!((&claims["aud"], &claims["sub"]), (&json!(BANK), &json!(robot.id)));
    assert_eq!(claims["authorization_details"], json!([account("DE1")]));
    let both = ask().details(&[account("DE1")]).with("scope", "bank:read").send().await.expect(200);
    assert_eq!(both.json()["scope"], "bank:read");
    // §6: the client's policy. A type that it may not use, a value that the type does not have, an API that is not named.
    ask().details(&[payment("7.00")]).send().await.refused(400, REFUSED);
    ask().details(&[json!({ "type": "account" })]).send().await.refused(400, REFUSED);
    ask().details(&[account("DE1")]).with("scope", "jobs").send().await.refused(400, "invalid_scope");
    // Without, it is as it was.
    let plain = ask().send().await.expect(200);
    assert!(plain.json().get("authorization_details").is_none());
}

#[tokio::test]
async fn an_exchanged_token_has_at_most_what_the_subject_token_has() {
    let mut start = start().await;
    let both = [account("DE1"), account("DE2"), file("/taxes")];
    let code = start.code_for(&both).await;
    let tokens = start.shop.token(&code).await;
    let rule = format!("audience={BANK},audience={FILES},from={BANK},depth=2");
    let worker = |types: &'static [&'static str]| {
        start.world.client("worker").scope("bank:read").details_types(types).may_act(&[&rule]).create()
    };
    let all = worker(&["account", "payment", "https://files.example.test/types/file"]).await;
    let answer = all.exchange(&tokens.access).with("audience", BANK).send().await.expect(200);
    let (token, details) = answer.detailed();
    assert_eq!(details, json!(&both[..2]), "what is for the files stays behind");
    let narrow = all.exchange(&token).details(&both[1..2]).send().await.detailed();
    assert_eq!(narrow.1, json!(&both[1..2]));
    for wider in [account("DE3"), payment("7.00"), file("/taxes")] {
        all.exchange(&token).details(&[wider]).send().await.refused(400, REFUSED);
    }
    // Only types that the acting client may use.
    let (_, details) = worker(&[]).await.exchange(&tokens.access).with("audience", BANK).send().await.detailed();
    assert_eq!(details, Value::Null);
    let facts = start.alice.activity().await;
    let kinds = facts
        .iter()
        .filter(|fact| fact.name == "token.exchanged")
        .filter_map(|fact| fact.details.get("authorization_details_types").cloned());
    assert!(kinds.clone().count() == 2 && kinds.into_iter().all(|kinds| kinds == json!(["account"])));
}

#[tokio::test]
async fn an_assertion_says_nothing_in_detail() {
    let start = start().await;
    let idp = start.world.idp(&[Use::JwtBearer], SubjectMapping::Service, "bank:read").await;
    let client = start.world.client("wiki").detailed().scope("bank:read").redeems().create().await;
    let ask = || client.assert(&idp.assertion("robot"));
    ask().details(&[account("DE1")]).send().await.refused(400, REFUSED);
    let answer = ask().send().await.expect(200);
    assert!(answer.json().get("authorization_details").is_none());
    let public = start.world.client("public").method(AuthMethod::None).detailed().create().await;
    public
        .token_request("client_credentials")
        .details(&[account("DE1")])
        .send()
        .await
        .refused(400, "unauthorized_client");
}
