//! What people allowed applications, as a front end shows it and takes it back.

use serde_json::Value;

use super::{Answer, Client, FrontEnd};

impl FrontEnd {
    /// The applications that may use the account.
    pub async fn consents(&self) -> Vec<Value> {
        let answer = self.get("consents").await.expect(200);
        answer.json()["consents"].as_array().unwrap().clone()
    }

    /// What one application may do; none where that is nothing.
    pub async fn consent_to(&self, client: &Client) -> Option<Value> {
        self.consents().await.into_iter().find(|consent| consent["client_id"] == *client.id)
    }

    /// Takes back what is known as `consent`.
    pub async fn withdraw(&self, consent: &Value) -> Answer {
        self.delete(&format!("consents/{}", consent["id"].as_str().unwrap())).await
    }

    /// Takes back what one application was allowed.
    pub async fn withdraw_from(&self, client: &Client) {
        let consent = self.consent_to(client).await.expect("nothing is allowed");
        self.withdraw(&consent).await.expect(204);
    }
}
