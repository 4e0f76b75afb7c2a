//! Whether a client may exchange a token (RFC 8693 §5): pure.

use serde_json::{Map, Value};

use super::Presented;
use crate::{
    domain::{
        clients::{MayAct, may_act::Mode},
        oauth::confirmation::Possession,
    },
    kernel::{Code, Refusal},
};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The issuer: what `iss` in `may_act` has to be where it is there.
    pub issuer: &'a str,
    /// The client that asks, and acts unless an actor token names somebody else.
    pub client_id: &'a str,
    /// Whose rights it asks for.
    pub subject: &'a Presented,
    /// Who acts, where an actor token says so.
    pub actor: Option<&'a Presented>,
    /// For whom the new token is to be.
    pub audience: &'a [String],
    /// Whether it is to be an identity assertion for another authorization server.
    pub abroad: bool,
    /// What the client proved to hold.
    pub held: &'a Possession,
    /// Whether the new token will be bound to any of it.
    pub binds: bool,
}

/// How far a rule permits; the farthest tells the client what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    Nothing,
    Subject,
    Mode,
    Depth,
}

/// The first of the client's rules that permits it.
///
/// # Errors
/// `unauthorized_client` without any rule; `invalid_request` where the tokens are unacceptable by `may_act` or by the rules,
/// `invalid_target` where the audience is (RFC 8693 §2.2.2).
pub fn judge<'r>(rules: &'r [MayAct], wish: &Wish<'_>) -> Result<&'r MayAct, Refusal> {
    if rules.is_empty() {
        return Err(Code::UnauthorizedClient.because("the client may not act for anybody"));
    }
    if let Some(party) = &wish.subject.lineage.may_act
        && !is_party(party, wish)
    {
        return Err(Code::InvalidRequest.because("the subject_token says that somebody else may act (may_act)"));
    }
    if !std::iter::once(wish.subject).chain(wish.actor).all(|token| is_kept_bound(token, wish)) {
        return Err(Code::InvalidRequest.because("a token that is bound to a key is exchanged by whoever holds a key"));
    }
    let mut farthest = Reached::Nothing;
    for rule in rules {
        match reach(rule, wish) {
            Ok(()) => return Ok(rule),
            Err(reached) => farthest = farthest.max(reached),
        }
    }
    Err(match farthest {
        Reached::Nothing => Code::InvalidRequest.because("the client may not act with this subject_token"),
        Reached::Subject => Code::InvalidRequest.because("the client may not act in this way"),
        Reached::Mode => Code::InvalidRequest.because("the subject_token was exchanged too often already"),
        Reached::Depth => Code::InvalidTarget.because("the client may not act towards this target"),
    })
}

fn reach(rule: &MayAct, wish: &Wish<'_>) -> Result<(), Reached> {
    let subject = wish.subject;
    let named = |name: &String| subject.client_id == *name || subject.audience.contains(name);
    let held = if rule.from.is_empty() { subject.is_of(wish.client_id) } else { rule.from.iter().any(named) };
    if !held {
        return Err(Reached::Nothing);
    }
    let fits = match rule.mode {
        Mode::Delegation => !wish.abroad,
        Mode::Impersonation => !wish.abroad && wish.actor.is_none(),
        Mode::IdJag => wish.abroad && wish.actor.is_none(),
    };
    if !fits {
        return Err(Reached::Subject);
    }
    if subject.lineage.origins.len() >= usize::from(rule.depth) {
        return Err(Reached::Mode);
    }
    if wish.audience.is_empty() || !wish.audience.iter().all(|audience| rule.audience.contains(audience)) {
        return Err(Reached::Depth);
    }
    Ok(())
}

/// Whether a token that is bound stays so (RFC 9449 §1, RFC 8705 §3): the client that it was issued to holds what it is bound to;
/// anybody else, to whom it was sent, at least binds the new one to a key or certificate of its own. Otherwise whoever finds the token could have a
/// bearer token made of it.
fn is_kept_bound(token: &Presented, wish: &Wish<'_>) -> bool {
    if token.client_id == wish.client_id {
        token.confirmation.is_met_by(wish.held).is_ok()
    } else {
        token.confirmation.is_empty() || wish.binds
    }
}

/// Whether whoever is going to act is the party that `may_act` names (RFC 8693 §4.4). A member that this judgment does not know
/// may be the one that excludes them.
fn is_party(party: &Map<String, Value>, wish: &Wish<'_>) -> bool {
    let acting = wish.actor.map_or(wish.client_id, |actor| &actor.subject);
    party.contains_key("sub")
        && party.iter().all(|(name, value)| match name.as_str() {
            "sub" => value == acting,
            "iss" => value == wish.issuer,
            "client_id" => value == wish.client_id,
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::json;

    use super::*;
    use crate::{
        domain::oauth::{
            confirmation::{Confirmation, Thumbprint},
            token::{Lineage, Origin, Subject},
        },
        kernel::{Clock, scope::Scopes},
    };

    const ORDERS: &str = "https://orders.example";
    const STOCK: &str = "https://stock.example";

    fn presented(client_id: &str, audience: &[&str]) -> Presented {
        Presented {
            whose: Subject::Service("robot".into()),
            subject: "robot".into(),
            client_id: client_id.into(),
            audience: audience.iter().map(|name| (*name).to_owned()).collect(),
            scope: Some(Scopes::parse("orders:read").unwrap()),
            details: Default::default(),
            expires_at: Clock::System.now() + TimeDelta::minutes(10),
            confirmation: Confirmation::default(),
            lineage: Lineage::default(),
            jti: Some("at_1".into()),
        }
    }

    fn rules(texts: &[&str]) -> Vec<MayAct> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// Which rule permits it, by its place; or the refusal.
    fn verdict(
        texts: &[&str],
        subject: &Presented,
        actor: Option<&Presented>,
        to: &str,
        abroad: bool,
    ) -> Result<usize, Code> {
        let rules = rules(texts);
        let audience = [to.to_owned()];
        let held = Possession::default();
        let wish = Wish {
            issuer: "https://id.example",
            client_id: "orders",
            subject,
            actor,
            audience: &audience,
            abroad,
            held: &held,
            binds: false,
        };
        let permitted = judge(&rules, &wish).map_err(|refusal| refusal.code)?;
        Ok(rules.iter().position(|rule| rule == permitted).unwrap())
    }

    #[test]
    fn a_bound_token_is_not_exchanged_into_one_that_anyone_can_use() {
        let key = |byte: u8| Thumbprint::of_digest([byte; 32]);
        let rules = rules(&["audience=https://orders.example"]);
        let judged = |issued_to: &str, held: Option<Thumbprint>| {
            let mut subject = presented(issued_to, &["orders"]);
            subject.confirmation = Confirmation::of_key(Some(key(1)));
            let held = Possession { jkt: held, x5t_s256: None };
            let audience = [ORDERS.to_owned()];
            let wish = Wish {
                issuer: "https://id.example",
                client_id: "orders",
                subject: &subject,
                actor: None,
                audience: &audience,
                abroad: false,
                held: &held,
                binds: held.jkt.is_some(),
            };
            judge(&rules, &wish).map(drop).map_err(|refusal| refusal.code)
        };
        assert_eq!(judged("orders", Some(key(1))), Ok(()));
        assert_eq!(judged("orders", Some(key(2))), Err(Code::InvalidRequest));
        assert_eq!(judged("orders", None), Err(Code::InvalidRequest));
        // An API does not hold the key of whoever called it.
        assert_eq!(judged("portal", Some(key(2))), Ok(()));
        assert_eq!(judged("portal", None), Err(Code::InvalidRequest));
    }

    #[test]
    fn without_a_rule_nobody_acts() {
        let subject = presented("orders", &[ORDERS]);
        assert_eq!(verdict(&[], &subject, None, ORDERS, false), Err(Code::UnauthorizedClient));
    }

    #[test]
    fn a_client_acts_with_what_was_issued_to_it_or_is_for_it_or_whom_a_rule_names() {
        let own = ["audience=https://stock.example"];
        for (subject, held) in [
            (presented("orders", &[STOCK]), true),
            (presented("portal", &["orders"]), true),
            (presented("portal", &[ORDERS]), false),
        ] {
            assert_eq!(verdict(&own, &subject, None, STOCK, false).is_ok(), held, "{subject:?}");
        }
        let named = ["audience=https://stock.example,from=https://orders.example,from=shop"];
        for (subject, held) in [
            (presented("portal", &[ORDERS]), true),
            (presented("shop", &[STOCK]), true),
            (presented("orders", &[STOCK]), false),
        ] {
            assert_eq!(verdict(&named, &subject, None, STOCK, false).is_ok(), held, "{subject:?}");
        }
    }

    #[test]
    fn an_audience_that_no_rule_names_is_no_target() {
        let subject = presented("orders", &[ORDERS]);
        let rule = ["audience=https://stock.example"];
        assert_eq!(verdict(&rule, &subject, None, STOCK, false), Ok(0));
        for other in [ORDERS, "https://stock.example/", "https://STOCK.example"] {
            assert_eq!(verdict(&rule, &subject, None, other, false), Err(Code::InvalidTarget), "{other}");
        }
        let nobody = Wish {
            issuer: "https://id.example",
            client_id: "orders",
            subject: &subject,
            actor: None,
            audience: &[],
            abroad: false,
            held: &Possession::default(),
            binds: false,
        };
        let refused = judge(&rules(&rule), &nobody).map(drop).map_err(|refusal| refusal.code);
        assert_eq!(refused, Err(Code::InvalidTarget));
    }

    #[test]
    fn the_first_rule_that_permits_decides() {
        let subject = presented("orders", &[ORDERS]);
        let both = ["audience=https://orders.example", "audience=https://stock.example,mode=impersonation"];
        assert_eq!(verdict(&both, &subject, None, STOCK, false), Ok(1));
        assert_eq!(verdict(&both, &subject, None, ORDERS, false), Ok(0));
        // Who presents an actor does not want to be nobody.
        let actor = presented("orders", &["orders"]);
        assert_eq!(verdict(&both, &subject, Some(&actor), ORDERS, false), Ok(0));
        assert_eq!(verdict(&both, &subject, Some(&actor), STOCK, false), Err(Code::InvalidTarget));
        assert_eq!(verdict(&both[1..], &subject, Some(&actor), STOCK, false), Err(Code::InvalidRequest));
    }

    #[test]
    fn a_chain_is_no_longer_than_the_rule_allows() {
        let mut subject = presented("orders", &[ORDERS]);
        subject.lineage.origins = vec![Origin { client_id: "portal".into(), jti: None }];
        let deep = |depth: u8| format!("audience=https://orders.example,depth={depth}");
        assert_eq!(verdict(&[&deep(1)], &subject, None, ORDERS, false), Err(Code::InvalidRequest));
        assert_eq!(verdict(&[&deep(2)], &subject, None, ORDERS, false), Ok(0));
        // As nobody else acts in between, an impersonation counts as well.
        let rule = format!("{},mode=impersonation", deep(1));
        assert_eq!(verdict(&[&rule], &subject, None, ORDERS, false), Err(Code::InvalidRequest));
    }

    #[test]
    fn may_act_names_the_one_who_may() {
        let rule = ["audience=https://orders.example"];
        let with = |may_act: Value| {
            let mut subject = presented("orders", &[ORDERS]);
            subject.lineage.may_act = may_act.as_object().cloned();
            subject
        };
        for good in [
            json!({ "sub": "orders" }),
            json!({ "sub": "orders", "iss": "https://id.example" }),
            json!({ "sub": "orders", "client_id": "orders" }),
        ] {
            assert_eq!(verdict(&rule, &with(good.clone()), None, ORDERS, false), Ok(0), "{good}");
        }
        for bad in [
            json!({}),
            json!({ "sub": "stock" }),
            json!({ "sub": ["orders"] }),
            json!({ "iss": "https://id.example" }),
            json!({ "sub": "orders", "iss": "https://elsewhere.example" }),
            json!({ "sub": "orders", "client_id": "stock" }),
            json!({ "sub": "orders", "tenant": "other" }),
        ] {
            assert_eq!(verdict(&rule, &with(bad.clone()), None, ORDERS, false), Err(Code::InvalidRequest), "{bad}");
        }
        // With an actor token, it is the actor who has to be named.
        let actor = Presented { subject: "usr_agent".into(), ..presented("orders", &["orders"]) };
        let named = with(json!({ "sub": "usr_agent" }));
        assert_eq!(verdict(&rule, &named, Some(&actor), ORDERS, false), Ok(0));
        assert_eq!(verdict(&rule, &named, None, ORDERS, false), Err(Code::InvalidRequest));
    }

    #[test]
    fn an_identity_goes_abroad_by_a_rule_for_that() {
        let subject = presented("orders", &[]);
        let home = ["audience=https://chat.example"];
        let abroad = ["mode=id-jag,audience=https://chat.example"];
        assert_eq!(verdict(&abroad, &subject, None, "https://chat.example", true), Ok(0));
        assert_eq!(verdict(&home, &subject, None, "https://chat.example", true), Err(Code::InvalidRequest));
        assert_eq!(verdict(&abroad, &subject, None, "https://chat.example", false), Err(Code::InvalidRequest));
        let actor = presented("orders", &["orders"]);
        assert_eq!(verdict(&abroad, &subject, Some(&actor), "https://chat.example", true), Err(Code::InvalidRequest));
    }
}
