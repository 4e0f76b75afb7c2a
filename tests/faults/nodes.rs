//! Two nodes on one PostgreSQL and one Redis, one of them killed.

use std::time::Duration;

use crate::world::{Ask, Broken, Load, Node, Person, Postgres, RedisServer, code};

const REDIRECT_URI: &str = "https://shop.example.test/cb";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/manage.sh test faults"]
async fn a_killed_node_takes_no_session_and_no_code_with_it() {
    let (postgres, redis) = (Postgres::start(), RedisServer::start(&[]));
    let variables = [("SIGNET_DATABASE_URL", postgres.url()), ("SIGNET_REDIS_URL", redis.url())];
    let mut first = Node::start(&variables.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    let second = first.another().await;
    let client = first.command(
        &[
            "client",
            "create",
            "--name",
            "shop",
            "--first-party",
            "--pkce",
            "optional",
            "--redirect-uri",
            REDIRECT_URI,
            "--auth-method",
            "client_secret_post",
        ],
        "",
    );
    let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let redeem = |code: &str| {
        Ask::post_form(
            "/oauth2/token",
            &[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", REDIRECT_URI),
                ("client_id", id),
                ("client_secret", secret),
            ],
        )
    };
    let mut person = Person::signed_in(&first, "alice").await;

    // A code is taken once, whichever node it is brought to.
    for _ in 0..5 {
        let ask = redeem(&code(first.port, id, REDIRECT_URI, &person.email).await);
        let (here, there) = tokio::join!(ask.at(first.port), ask.at(second.port));
        let mut statuses = [here.unwrap().status, there.unwrap().status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400]);
    }

    let kept = code(first.port, id, REDIRECT_URI, &person.email).await;
    let load = Load::start(second.port, vec![person.me(), person.me(), Person::login(&person.email)]);
    tokio::time::sleep(Duration::from_millis(500)).await;
    first.kill();
    assert_eq!(person.me().at(first.port).await.unwrap_err(), Broken::Refused);
    // What the dead node began goes on at the other: session, refresh token, code.
    assert_eq!(person.me().at(second.port).await.unwrap().status, 200);
    assert_eq!(person.rotate(second.port).await.unwrap().status, 200);
    assert_eq!(redeem(&kept).at(second.port).await.unwrap().status, 200);
    assert_eq!(redeem(&kept).at(second.port).await.unwrap().status, 400);
    tokio::time::sleep(Duration::from_secs(1)).await;
    for each in load.end().await {
        assert_eq!(each.result.unwrap().status, 200, "the other node did not notice");
    }
    // And when it is back, it knows what happened without it.
    first.begin().await;
    assert_eq!(person.me().at(first.port).await.unwrap().status, 200);
    assert_eq!(redeem(&kept).at(first.port).await.unwrap().status, 400);
}
