//! The mail server away: nobody notices, and each mail comes once afterwards.

use std::time::Duration;

use serde_json::json;

use crate::world::{Ask, Mailbox, Node, PASSWORD, until};

/// The first wait after a failed attempt is 30 s, give or take a fifth; a mail that was being sent at the crash waits 38 s
/// (the lease of an attempt with a timeout of one second).
const FIRST_RETRY: Duration = Duration::from_secs(60);
const PEOPLE: usize = 12;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/manage.sh test faults"]
async fn mails_wait_for_their_server_and_come_once() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("smtp://127.0.0.1:{port}?tls=none");
    let mut node = Node::start(&[("SIGNET_SMTP_URL", &url), ("SIGNET_MAIL__TIMEOUT", "1s")]).await;
    let mut expected = Vec::new();
    for n in 0..PEOPLE {
        let email = format!("p{n}@example.test");
        let body = json!({ "email": email, "password": PASSWORD, "name": "Somebody" });
        let answer = Ask::post_json("/api/v1/auth/register", &body).at(node.port).await.unwrap();
        assert!((200..300).contains(&answer.status), "{} {}", answer.status, answer.text());
        expected.push(email);
    }
    expected.sort();
    // At least one attempt has failed by now; nothing of that is seen outside.
    until("an attempt", Duration::from_secs(10), async || {
        let health = Ask::get("/health").at(node.port).await.unwrap();
        health.status == 200 && health.text().contains("mail")
    })
    .await;
    // A crash in between changes nothing: the mails are rows.
    node.kill();
    node.begin().await;

    let mailbox = Mailbox::open(port).await;
    let took = until("every mail", FIRST_RETRY, async || mailbox.recipients().len() >= PEOPLE).await;
    // Two more rounds of the job that sends: nothing comes again.
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(mailbox.recipients(), expected);
    println!("{PEOPLE} mails in {took:?}");
}
