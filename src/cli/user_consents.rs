//! `signet user consents` and `signet user withdraw`: what people allowed applications.

use serde_json::{Value, json};

use super::{Print, open::Open, print::table};
use crate::{
    domain::{
        consents::{Allowed, ListConsentsOf, WithdrawConsentOf},
        users::Whom,
    },
    kernel::Result,
};

pub(super) async fn list(open: &Open, whom: Whom, print: Print) -> Result<()> {
    let allowed = open.perform(ListConsentsOf { whom }).await?;
    print.answer(&allowed.iter().map(value).collect::<Vec<_>>(), || {
        let rows: Vec<_> = allowed.iter().map(row).collect();
        table(
            ["CLIENT", "NAME", "SINCE (UTC)", "LAST USED (UTC)", "AWAY", "SCOPE", "DETAILS"],
            &rows,
            "Nothing is allowed.",
        )
    })
}

pub(super) async fn withdraw(open: &Open, whom: Whom, client_id: String, print: Print) -> Result<()> {
    let user = open.perform(WithdrawConsentOf { whom, client_id: client_id.clone() }).await?;
    print.answer(&json!({ "user_id": user, "client_id": client_id, "withdrawn": true }), || {
        format!("What user {user} had allowed {client_id} was withdrawn; its tokens are worthless.")
    })
}

fn row(allowed: &Allowed) -> [String; 7] {
    let at = |time: crate::kernel::Time| time.format("%Y-%m-%d %H:%M").to_string();
    [
        allowed.client.client_id.clone(),
        allowed.client.client_name.clone(),
        at(allowed.since),
        allowed.last_used_at.map(at).unwrap_or_default(),
        if allowed.while_away { "yes" } else { "no" }.to_owned(),
        allowed.scope.to_string(),
        allowed.details.kinds().into_iter().collect::<Vec<_>>().join(" "),
    ]
}

fn value(allowed: &Allowed) -> Value {
    json!({
        "client_id": allowed.client.client_id,
        "client_name": allowed.client.client_name,
        "first_party": allowed.client.first_party,
        "scope": allowed.scope,
        "resources": allowed.resources,
        "authorization_details": allowed.details,
        "since": allowed.since,
        "last_used_at": allowed.last_used_at,
        "while_away": allowed.while_away,
    })
}
