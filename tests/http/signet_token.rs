//! `signet token`: what a client does with tokens, with the real command and a listening service.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::signet_login::servers::{Ask, Node};

const ORDERS: &str = "https://orders.example.test";

/// A client with its secret.
struct Client {
    id: String,
    secret: String,
}

fn client(node: &Node, arguments: &[&str]) -> Client {
    let create = [&["client", "create", "--scope", "orders:read orders:write"], arguments].concat();
    let made = node.command(&create, "");
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    Client { id: text("client_id"), secret: text("client_secret") }
}

/// A token of a client's own for the API.
async fn own_token(node: &Node, client: &Client) -> String {
    let form = [("grant_type", "client_credentials"), ("resource", ORDERS), ("scope", "orders:read")];
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", client.id, client.secret)));
    let answer = Ask::post_form("/oauth2/token", &form).header("authorization", &basic).at(node.port).await.unwrap();
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

/// The end of a command: status, standard output, standard error output.
fn ended(node: &Node, arguments: &[&str], input: &str) -> (i32, String, String) {
    use std::io::Write;
    let mut child = node.later(arguments).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_exchanged_looked_at_and_given_back() {
    let node = Node::start(&[]).await;
    node.command(&["resource", "create", "--uri", ORDERS, "--scope", "orders:read orders:write"], "");
    let robot = client(&node, &["--name", "robot", "--grant", "client_credentials"]);
    let rule = format!("audience={ORDERS},from={},scope=orders:read,depth=1,mode=delegation", robot.id);
    let gateway = client(&node, &["--name", "gateway", "--grant", "client_credentials", "--may-act", &rule]);
    let subject = own_token(&node, &robot).await;
    let asking = ["--client-id", &gateway.id, "--client-secret-stdin"];

    let exchange = [&["token", "exchange"], &asking[..], &["--subject-token", "-", "--audience", ORDERS]].concat();
    let given = node.command(&exchange, &format!("{}\n{subject}\n", gateway.secret));
    assert_eq!(given["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
    let token = given["access_token"].as_str().unwrap();
    let decoded = node.command(&["token", "decode", token], "");
    assert_eq!(decoded["claims"]["act"], json!({ "sub": gateway.id }));
    assert_eq!(decoded["claims"]["sub"], robot.id);

    let input = format!("{}\n{token}\n", gateway.secret);
    let introspect = [&["token", "introspect"], &asking[..]].concat();
    assert_eq!(node.command(&introspect, &input)["act"], json!({ "sub": gateway.id }));
    let revoke = [&["token", "revoke"], &asking[..]].concat();
    assert_eq!(node.command(&revoke, &input), json!({ "revoked": true }));
    assert_eq!(node.command(&introspect, &input), json!({ "active": false }));

    // For people the token itself is not shown.
    let (status, out, _) = ended(&node, &exchange, &format!("{}\n{subject}\n", gateway.secret));
    assert!(status == 0 && out.contains(&gateway.id) && !out.contains("eyJ"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_with_its_name() {
    let node = Node::start(&[]).await;
    node.command(&["resource", "create", "--uri", ORDERS, "--scope", "orders:read orders:write"], "");
    let robot = client(&node, &["--name", "robot", "--grant", "client_credentials"]);
    let subject = own_token(&node, &robot).await;
    let asking = ["token", "exchange", "--client-id", &robot.id, "--client-secret-stdin", "--subject-token", &subject];
    let (status, _, err) = ended(&node, &[&asking[..], &["--json"]].concat(), &format!("{}\n", robot.secret));
    let said: Value = serde_json::from_str(err.lines().last().unwrap()).unwrap();
    assert!(status == 1 && said["message"].as_str().unwrap().contains("unauthorized_client"), "{err}");
    let (status, _, err) = ended(&node, &["token", "decode", "sgt_at_x"], "");
    assert!(status == 2 && err.contains("no JWT"), "{err}");
    let away = ["token", "revoke", "--client-id", "x", "--issuer", "http://localhost:9", "--token", "t"];
    assert_eq!(ended(&node, &away, "").0, 3);
}
