//! Changing a registration, by the operator.

use serde_json::{Map, Value, json};

use super::{Client, Created, documents, secrets, store, wire};
use crate::{
    app::{Cx, Guard, Operation},
    kernel::{Code, Fact, Result},
};

/// Changes what is named and leaves the rest as it is.
#[derive(Debug, Clone)]
pub struct UpdateClient {
    /// The client's public identifier, which stays.
    pub client_id: String,
    /// Metadata by its registered names (RFC 7591 §2) and, as for an import, the operator's own. Null takes back what was
    /// registered.
    pub changes: Map<String, Value>,
}

impl Operation for UpdateClient {
    type Output = Created;
    const NAME: &'static str = "client.update";
    const GUARD: Guard = Guard::Operator;

    async fn run(self, cx: &mut Cx) -> Result<Created> {
        let found = store::find_to_authenticate(cx.db().reader(), cx.tenant().id, &self.client_id).await?;
        let Some(store::ToAuthenticate { client: present, secrets: stored, .. }) = found else {
            return Err(Code::NotFound.because("There is no client with this client_id.").into());
        };
        let asked = wire::read(merged(&present, self.changes), wire::From::Operator)?;
        if asked.client_id.as_ref() != Some(&present.client_id) {
            let stays = Code::InvalidInput.because("The client cannot be changed like this.");
            return Err(stays.at("client_id", "invalid", "stays what it is").into());
        }
        let given = asked.client_secret.is_some();
        let (asked, made) = asked.judged(cx).await?;
        let client = Client { id: present.id, created_at: present.created_at, ..asked };
        let secret =
            made.filter(|_| given || !secrets::has_fitting(client.token_endpoint_auth_method, &stored, cx.now));
        let sealed =
            secret.as_ref().map(|secret| secrets::seal(&cx.app.master, &client, secret)).transpose()?.flatten();
        let tx = cx.begin().await?;
        if !store::update(tx, &client).await? {
            return Err(Code::NotFound.because("There is no client with this client_id.").into());
        }
        if present.metadata.metadata_document {
            documents::store::forget(tx, client.id).await?; // from now on the operator says what it is
        }
        if let Some(secret) = &secret {
            store::expire_secrets(tx, &client, tx.now).await?;
            store::insert_secret(tx, &client, secret.digest(), sealed).await?;
        }
        tx.record(client.event(Fact::ClientUpdated));
        Ok(Created { client, secret })
    }
}

/// The registration as an import would say it, with the changes.
fn merged(present: &Client, changes: Map<String, Value>) -> Map<String, Value> {
    let mut members = match serde_json::to_value(present) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    // Texts in other languages stand among the members there, and grants without an answer have no response type.
    members.extend(present.metadata.localized.iter().map(|(name, text)| (name.clone(), json!(text))));
    members.extend(changes);
    members
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clients::testing::client;

    #[test]
    fn what_is_not_named_stays() {
        let mut present = client();
        present.first_party = true;
        present.access_token_ttl = Some(60);
        present.metadata.may_introspect = true;
        present.metadata.localized.insert("client_name#de".into(), "Laden".into());
        let changed = |changes: Value| {
            let members = merged(&present, changes.as_object().cloned().unwrap());
            wire::read(members, wire::From::Operator).unwrap()
        };
        let same = changed(json!({}));
        assert_eq!((same.name.as_str(), same.client_id.as_deref()), (&*present.client_name, Some(&*present.client_id)));
        assert_eq!((same.first_party, same.pkce_required), (true, present.pkce_required));
        assert_eq!((same.access_token_ttl, &same.grants), (Some(60), &present.grant_types));
        assert_eq!((same.scope, same.client_secret.is_some()), (present.scope.to_string(), false));
        assert_eq!(same.metadata, present.metadata);
        let other = changed(json!({ "client_name": "Market", "access_token_ttl": null, "client_name#de": null }));
        assert_eq!((other.name.as_str(), other.access_token_ttl), ("Market", None));
        assert!(other.metadata.localized.is_empty() && other.metadata.may_introspect);
    }
}
