//! `/oauth2/token`: which client asks (RFC 6749 §2.3, §3.2.1, §5.2).

use base64::{Engine, engine::general_purpose::STANDARD};
use signet::{
    domain::clients::{AuthMethod, DeleteClient, GrantType, RotateClientSecret},
    kernel::secret::Secret,
};

use crate::world::{Answer, Client, World};

async fn robot(world: &World, method: AuthMethod) -> Client {
    let secret = "a+secret:with%odd/characters=& long enough";
    let robot = world.client("robot").grants(&[GrantType::ClientCredentials]).scope("orders:read").method(method);
    robot.with(|create| create.client_secret = Some(Secret::new(secret))).create().await
}

/// A failed authentication: 401 with a challenge, and nothing about why.
#[track_caller]
fn is_unauthorized(answer: Answer) {
    let answer = answer.refused(401, "invalid_client");
    assert_eq!(answer.header("www-authenticate"), "Basic realm=\"id.example.test\", charset=\"UTF-8\"");
    assert!(!answer.text().contains("robot"));
}

#[tokio::test]
async fn each_method_works_for_the_client_that_registered_it() {
    let world = World::start().await;
    for method in [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost] {
        robot(&world, method).await.token_request("client_credentials").send().await.tokens();
    }
}

#[tokio::test]
async fn only_the_registered_method_is_taken() {
    let world = World::start().await;
    let basic = robot(&world, AuthMethod::ClientSecretBasic).await;
    let post = robot(&world, AuthMethod::ClientSecretPost).await;
    let secret = |client: &Client| client.secret.clone().unwrap();
    let bare = |client: &Client| client.token_request("client_credentials").authorization(None);
    is_unauthorized(bare(&basic).with("client_id", &basic.id).with("client_secret", &secret(&basic)).send().await);
    is_unauthorized(
        bare(&post).without("client_id").without("client_secret").basic(&post.id, &secret(&post)).send().await,
    );
    // A client with a secret cannot leave it out.
    is_unauthorized(bare(&basic).with("client_id", &basic.id).send().await);
    is_unauthorized(bare(&post).without("client_secret").send().await);
    // A public client has none to give.
    let public = world.client("app").public().create().await;
    is_unauthorized(public.code_request("x").with("client_secret", "guess").send().await);
    is_unauthorized(public.code_request("x").without("client_id").basic(&public.id, "").send().await);
    public.code_request("x").send().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn wrong_or_unreadable_credentials_are_refused_alike() {
    let world = World::start().await;
    let robot = robot(&world, AuthMethod::ClientSecretBasic).await;
    let secret = robot.secret.clone().unwrap();
    let request = robot.token_request("client_credentials");
    is_unauthorized(request.clone().basic(&robot.id, "wrong").send().await);
    is_unauthorized(request.clone().basic(&robot.id, "").send().await);
    is_unauthorized(request.clone().basic(&robot.id, &secret.to_uppercase()).send().await);
    is_unauthorized(request.clone().basic("nobody", &secret).send().await);
    is_unauthorized(request.clone().authorization(None).send().await);
    // Not form-encoded first: `+` and `%` mean something else (RFC 6749 §2.3.1).
    let raw = STANDARD.encode(format!("{}:{secret}", robot.id));
    is_unauthorized(request.clone().authorization(Some(&format!("Basic {raw}"))).send().await);
    for header in ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer abc", "Digest username=\"x\"", ""] {
        is_unauthorized(request.clone().authorization(Some(header)).send().await);
    }
    // The scheme is compared without regard to case (RFC 9110 §11.1).
    let pair = format!("{}:{}", robot.id, form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>());
    let lower = format!("bAsIc {}", STANDARD.encode(pair));
    request.authorization(Some(&lower)).send().await.tokens();
}

#[tokio::test]
async fn one_method_per_request() {
    let world = World::start().await;
    let robot = robot(&world, AuthMethod::ClientSecretBasic).await;
    let request = robot.token_request("client_credentials");
    let secret = robot.secret.clone().unwrap();
    let both = request.clone().with("client_id", &robot.id).with("client_secret", &secret);
    both.send().await.refused(400, "invalid_request");
    // The same identifier beside the header is allowed, another is not.
    request.clone().with("client_id", &robot.id).send().await.tokens();
    request.clone().with("client_id", "other").send().await.refused(400, "invalid_request");
    let twice = request.call().header("authorization", "Basic eDp5");
    assert_eq!(twice.send().await.status, 401);
}

#[tokio::test]
async fn never_in_the_address() {
    let world = World::start().await;
    let robot = robot(&world, AuthMethod::ClientSecretPost).await;
    let query = crate::world::query(&[
        ("client_id", robot.id.as_str()),
        ("client_secret", robot.secret.as_deref().unwrap()),
        ("grant_type", "client_credentials"),
    ]);
    let answer = world.post(&format!("/oauth2/token?{query}"), &[]).await;
    answer.refused(400, "invalid_request");
    let answer = world.post(&format!("/oauth2/token?{query}"), &[("grant_type", "client_credentials")]).await;
    is_unauthorized(answer);
}

#[tokio::test]
async fn a_rotated_secret_leaves_time_to_change_over() {
    let world = World::start().await;
    let mut robot = robot(&world, AuthMethod::ClientSecretBasic).await;
    let hour = std::time::Duration::from_secs(3600);
    let rotate = |keep| RotateClientSecret { client_id: robot.id.clone(), keep };
    let rotated = world.operator(rotate(Some(hour))).await.unwrap();
    let old = robot.clone();
    robot.secret = Some(rotated.client_secret.expose().to_owned());
    old.token_request("client_credentials").send().await.tokens();
    robot.token_request("client_credentials").send().await.tokens();
    world.advance(chrono::TimeDelta::minutes(61));
    is_unauthorized(old.token_request("client_credentials").send().await);
    robot.token_request("client_credentials").send().await.tokens();
    // One that leaked goes at once.
    world.operator(RotateClientSecret { client_id: robot.id.clone(), keep: None }).await.unwrap();
    is_unauthorized(robot.token_request("client_credentials").send().await);
}

#[tokio::test]
async fn a_deleted_client_is_nobody() {
    let world = World::start().await;
    let alice = world.person("alice").verified().await;
    let shop = world.client("shop").create().await;
    let tokens = shop.tokens_of(&alice).await;
    world.operator(DeleteClient { client_id: shop.id.clone() }).await.unwrap();
    is_unauthorized(shop.refresh_request(tokens.refresh()).send().await);
    shop.userinfo(&tokens.access).await.refused(401, "invalid_token");
    assert_eq!(world.browser().authorize(&shop).await.page().status(), 400);
}
