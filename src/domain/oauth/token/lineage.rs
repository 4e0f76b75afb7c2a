//! Where an exchanged token comes from: who acts, who may, and the tokens it came of (RFC 8693 §4.1, §4.4).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    domain::{clients::Client, consents::Epoch},
    kernel::id::{GrantId, SessionId},
};

/// Who acts, and for whom they acted before them: the outermost is the present actor (RFC 8693 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// A client's identifier, or a person's as the actor token has it.
    pub sub: String,
    /// The actor before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Actor>>,
}

impl Actor {
    /// The names in the chain, the present actor first.
    pub fn chain(&self) -> Vec<&str> {
        std::iter::successors(Some(self), |actor| actor.act.as_deref()).map(|actor| actor.sub.as_str()).collect()
    }
}

/// One token that another came of. Ours alone: everything that came of it dies with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The client that it was issued to.
    pub client_id: String,
    /// Its own name, where it was an access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
}

/// What the token came of by which somebody acts (RFC 8693 §2.1, `actor_token`). Ours alone: when the actor may not act any more,
/// nobody acts for them by what was exchanged before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// The actor's token and those that it came of, the nearest first.
    pub from: Vec<Origin>,
    /// The session and the grant of an actor who is a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<(SessionId, GrantId)>,
    /// The epoch of that person's consent.
    #[serde(default, skip_serializing_if = "Epoch::is_first")]
    pub epoch: Epoch,
}

/// What an access token says of where it comes from; nothing, as a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// Who acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
    /// The one party that may act with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_act: Option<Map<String, Value>>,
    /// The tokens that it came of, the nearest first.
    #[serde(default, rename = "exchanged_from", skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Origin>,
    /// What those who act by a token of their own act by.
    #[serde(default, rename = "acting_by", skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<Witness>,
}

impl Lineage {
    /// The same for a token of `client`: its tokens say who may act with them, if the operator named somebody.
    #[must_use]
    pub fn in_the_hands_of(self, client: &Client) -> Self {
        let party = |sub: &String| Map::from_iter([("sub".to_owned(), sub.clone().into())]);
        Self { may_act: client.metadata.delegate.as_ref().map(party), ..self }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_that_was_not_exchanged_says_nothing() {
        assert_eq!(serde_json::to_value(Lineage::default()).unwrap(), json!({}));
        assert_eq!(serde_json::from_value::<Lineage>(json!({ "sub": "usr_1" })).unwrap(), Lineage::default());
    }

    #[test]
    fn a_chain_begins_with_the_present_actor() {
        let claims = json!({ "act": { "sub": "stock", "act": { "sub": "orders", "act": { "sub": "portal" } } } });
        let lineage: Lineage = serde_json::from_value(claims.clone()).unwrap();
        assert_eq!(lineage.act.as_ref().unwrap().chain(), ["stock", "orders", "portal"]);
        assert_eq!(serde_json::to_value(lineage).unwrap(), claims);
        assert!(serde_json::from_value::<Lineage>(json!({ "act": "stock" })).is_err());
    }
}
