//! Clients that are told when somebody has decided (OpenID CIBA Core §10.2).

use chrono::TimeDelta;
use serde_json::json;
use signet::domain::{notices::Told, oauth::ciba::SendPings};

use crate::world::{Asked, Client, Listener, Person, World, together, with_local_servers};

const TOKEN: &str = "8d67dc78-7faa-4d41-aabd-67707b374255";

struct Stage {
    world: World,
    alice: Person,
    server: Listener,
    till: Client,
}

async fn start() -> Stage {
    let world = World::configured(with_local_servers).await;
    let server = Listener::start().await;
    let alice = world.person("alice").verified().await;
    let till = world.client("till").told_at(&server).create().await;
    Stage { world, alice, server, till }
}

impl Stage {
    async fn ask(&self) -> Asked {
        let request = self.till.asking(&self.alice, "openid");
        request.with("client_notification_token", TOKEN).ask().send().await.asked()
    }

    async fn send(&self) -> Told {
        self.world.job(SendPings).await
    }
}

const NOTHING: Told = Told { sent: 0, postponed: 0, failed: 0, more: false };

#[tokio::test]
async fn section_10_2_a_decision_is_told_and_collected() {
    let stage = start().await;
    for (decision, outcome) in [("ciba-allow", 200), ("ciba-deny", 400)] {
        let asked = stage.ask().await;
        assert_eq!(stage.send().await, NOTHING, "nobody has decided");
        stage.alice.browser().look_at_request().await.press(decision).await;
        let heard = stage.server.posts().len();
        assert_eq!(stage.send().await, Told { sent: 1, ..NOTHING });
        assert_eq!(stage.send().await, NOTHING, "once");
        let posted = stage.server.posts().remove(heard);
        assert_eq!(posted.headers["content-type"], "application/json");
        assert_eq!(posted.headers["authorization"], format!("Bearer {TOKEN}"));
        let body: serde_json::Value = serde_json::from_str(&posted.body).unwrap();
        assert_eq!(body, json!({ "auth_req_id": asked.auth_req_id }));
        assert_eq!(stage.till.collect(&asked).send().await.status.as_u16(), outcome);
    }
}

#[tokio::test]
async fn who_is_told_may_ask_as_well() {
    let stage = start().await;
    let asked = stage.ask().await;
    stage.till.collect(&asked).send().await.refused(400, "authorization_pending");
    stage.alice.browser().allow_request().await;
    stage.till.collect(&asked).send().await.tokens();
    assert_eq!(stage.send().await, Told { sent: 1, ..NOTHING });
}

#[tokio::test]
async fn who_wants_to_be_told_says_by_what_it_knows_us() {
    let stage = start().await;
    let request = || stage.till.asking(&stage.alice, "openid");
    request().ask().send().await.refused(400, "invalid_request");
    for bad in ["two words", "quote\"", &"x".repeat(1025)] {
        let request = request().with("client_notification_token", bad);
        request.ask().send().await.refused(400, "invalid_request");
    }
    // Who asks by itself need not say, and is not told.
    let desk = stage.world.client("desk").ciba().create().await;
    desk.asking(&stage.alice, "openid").with("client_notification_token", TOKEN).ask().send().await.asked();
    stage.alice.browser().allow_request().await;
    assert_eq!(stage.send().await, NOTHING);
}

#[tokio::test]
async fn a_client_that_is_away_is_told_later_and_not_when_it_is_of_no_use() {
    let stage = start().await;
    stage.ask().await;
    stage.alice.browser().allow_request().await;
    stage.server.answers(404);
    assert_eq!(stage.send().await, Told { postponed: 1, ..NOTHING });
    assert_eq!(stage.send().await, NOTHING, "not at once");
    stage.server.answers(302); // §10.2: a redirect is never followed
    stage.world.advance(TimeDelta::seconds(30));
    assert_eq!(stage.send().await, Told { postponed: 1, ..NOTHING });
    stage.server.answers(204);
    stage.world.advance(TimeDelta::seconds(60));
    assert_eq!(stage.send().await, Told { sent: 1, ..NOTHING });
    let posts = stage.server.posts();
    assert!(posts.len() == 3 && posts.iter().all(|post| post.body == posts[0].body));

    stage.ask().await;
    stage.alice.browser().allow_request().await;
    stage.server.answers(404);
    stage.world.advance(TimeDelta::seconds(295));
    assert_eq!(stage.send().await, Told { failed: 1, ..NOTHING }, "later than that nothing can be collected");
    stage.world.advance(TimeDelta::minutes(10));
    assert_eq!(stage.send().await, NOTHING);
}

#[tokio::test]
async fn a_client_that_takes_no_calls_any_more_gets_none() {
    let stage = start().await;
    stage.ask().await;
    stage.alice.browser().allow_request().await;
    let file = std::env::temp_dir().join(format!("signet-{}.json", stage.till.id));
    let changes =
        json!({ "backchannel_token_delivery_mode": "poll", "backchannel_client_notification_endpoint": null });
    std::fs::write(&file, changes.to_string()).unwrap();
    let file = file.to_str().unwrap().to_owned();
    stage.world.signet(&["client", "update", &stage.till.id, "--import", &file], "").await.done();
    std::fs::remove_file(file).unwrap();
    assert_eq!(stage.send().await, Told { failed: 1, ..NOTHING });
    assert!(stage.server.posts().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_tell_it_once() {
    let stage = start().await;
    for _ in 0..3 {
        stage.ask().await;
        stage.alice.browser().allow_request().await;
    }
    let nodes: Vec<World> =
        [Some(stage.world.clone()), stage.world.second_node().await].into_iter().flatten().collect();
    let send = |which: usize| {
        let node = nodes[which % nodes.len()].clone();
        async move { node.job(SendPings).await.sent }
    };
    let sent: u32 = together((0..6).map(send)).await.into_iter().sum();
    assert_eq!((sent, stage.server.posts().len()), (3, 3));
}
