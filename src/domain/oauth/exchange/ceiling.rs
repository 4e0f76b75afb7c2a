//! The most that an exchanged token may allow: never more than the subject token does, unless the operator's rule adds something
//! that the person allowed.

use super::Presented;
use crate::{
    app::Cx,
    domain::{
        clients::{self, Client, MayAct},
        consents,
        oauth::{scopes::OFFLINE_ACCESS, token::Subject},
    },
    kernel::{Result, scope::Scopes},
};

/// The most for `client` by this rule.
pub async fn ceiling(cx: &Cx, client: &Client, rule: &MayAct, subject: &Presented) -> Result<Scopes> {
    let allowed = match (&subject.scope, rule.adds.is_empty()) {
        (Some(_), true) => Scopes::default(), // nobody asks
        _ => allowed(cx, subject).await?,
    };
    Ok(most(&client.scope, rule, subject.scope.as_ref(), &allowed))
}

/// `allowed`: what was allowed to the application that the subject token was issued to.
fn most(registered: &Scopes, rule: &MayAct, held: Option<&Scopes>, allowed: &Scopes) -> Scopes {
    // An ID token allows nothing by itself: it stands for what the person allowed, as far as the rule says so.
    let held = held.cloned().unwrap_or_else(|| match &rule.scope {
        Some(_) => allowed.clone(),
        None => Scopes::default(),
    });
    let narrowed = rule.scope.as_ref().map_or_else(|| held.clone(), |most| held.intersection(most));
    // A new token is not for while the person is away: it ends with the subject token.
    narrowed.union(&rule.adds.intersection(allowed)).intersection(registered).without(OFFLINE_ACCESS)
}

/// What was allowed to the application that the subject token was issued to: by the person, by the operator for an application of
/// its own, and for a service by its registration.
pub(super) async fn allowed(cx: &Cx, subject: &Presented) -> Result<Scopes> {
    let (db, tenant) = (cx.db().reader(), cx.tenant().id);
    let Some(holder) = clients::store::find(db, tenant, &subject.client_id).await? else {
        return Ok(Scopes::default());
    };
    match &subject.whose {
        Subject::Person { user, .. } if !holder.first_party => {
            let held = consents::store::find(db, tenant, user.id, holder.id).await?;
            Ok(held.consent.map(|consent| consent.scope.intersection(&holder.scope)).unwrap_or_default())
        }
        Subject::Person { .. } | Subject::Service(_) | Subject::Client => Ok(holder.scope),
        Subject::Vouched(_) | Subject::Abroad(_) => Ok(Scopes::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(text: &str) -> Scopes {
        Scopes::parse(text).unwrap()
    }

    fn at_most(rule: &str, held: Option<&str>, allowed: &str) -> String {
        let rule: MayAct = format!("audience=https://orders.example{rule}").parse().unwrap();
        let registered = scopes("openid orders:read orders:write stock:read offline_access");
        most(&registered, &rule, held.map(scopes).as_ref(), &scopes(allowed)).to_string()
    }

    #[test]
    fn never_more_than_the_subject_token_has() {
        let held = Some("openid orders:read reports offline_access");
        assert_eq!(at_most("", held, "orders:write"), "openid orders:read");
        assert_eq!(at_most(",scope=orders:read orders:write", held, "orders:write"), "orders:read");
        assert_eq!(at_most(",scope=stock:read", held, "stock:read"), "");
        assert_eq!(at_most("", Some(""), "orders:write"), "");
    }

    #[test]
    fn a_rule_adds_only_what_the_person_allowed() {
        let rule = ",scope=orders:read,adds=stock:read orders:write";
        assert_eq!(at_most(rule, Some("orders:read"), "orders:read stock:read"), "orders:read stock:read");
        assert_eq!(at_most(rule, Some("orders:read"), "orders:read"), "orders:read");
        assert_eq!(at_most(",adds=reports", Some("orders:read"), "reports"), "orders:read", "not registered for it");
    }

    #[test]
    fn an_id_token_gives_what_rule_and_person_both_say() {
        assert_eq!(at_most("", None, "openid orders:read"), "");
        assert_eq!(at_most(",scope=orders:read stock:read", None, "openid orders:read"), "orders:read");
    }
}
