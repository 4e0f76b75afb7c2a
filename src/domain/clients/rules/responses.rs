//! Response types, and the grant types that they need (OAuth 2.0 Multiple Response Type Encoding Practices, RFC 7591 §2.1).

use super::Rules;
use crate::{
    domain::clients::{CreateClient, GrantType, Metadata},
    kernel::refusal::Findings,
};

/// What a client uses that did not say.
pub(crate) const DEFAULT: &str = "code";

/// One response type in its usual spelling, and which grant types it needs.
struct ResponseType {
    name: &'static str,
    code: bool,
    implicit: bool,
}

const KNOWN: &[ResponseType] = &[
    ResponseType { name: "code", code: true, implicit: false },
    ResponseType { name: "none", code: false, implicit: false },
    ResponseType { name: "id_token", code: false, implicit: true },
    ResponseType { name: "id_token token", code: false, implicit: true },
    ResponseType { name: "code id_token", code: true, implicit: true },
    ResponseType { name: "code token", code: true, implicit: true },
    ResponseType { name: "code id_token token", code: true, implicit: true },
];

/// Judges them and spells them as usual: their words have no order (Multiple Response Types §2).
pub(super) fn judge(rules: &Rules, asked: &CreateClient, metadata: &mut Metadata, findings: &mut Findings) {
    let mut spelled: Vec<String> = Vec::new();
    for named in &asked.metadata.response_types {
        let Some(known) = KNOWN.iter().find(|known| same_words(known.name, named)) else {
            findings.note("response_types", "invalid", format!("{} is not supported", plain(named)));
            continue;
        };
        if known.implicit && !rules.implicit_and_hybrid {
            findings.note("response_types", "invalid", format!("{} is switched off here", known.name));
        }
        if known.code && !asked.grants.contains(&GrantType::AuthorizationCode) {
            findings.note("grant_types", "invalid", format!("lacks authorization_code, which {} needs", known.name));
        }
        if known.implicit && !asked.grants.contains(&GrantType::Implicit) {
            findings.note("grant_types", "invalid", format!("lacks implicit, which {} needs", known.name));
        }
        if !spelled.iter().any(|other| other == known.name) {
            spelled.push(known.name.to_owned());
        }
    }
    if asked.grants.contains(&GrantType::Implicit) {
        if !rules.implicit_and_hybrid {
            findings.note("grant_types", "invalid", "implicit is switched off here");
        } else if !KNOWN.iter().any(|known| known.implicit && spelled.iter().any(|name| name == known.name)) {
            findings.note("response_types", "invalid", "names none that the grant type implicit is for");
        }
    }
    metadata.response_types = spelled;
}

fn same_words(known: &str, named: &str) -> bool {
    let sorted = |text: &str| {
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        words.sort();
        words
    };
    sorted(known) == sorted(named)
}

/// What somebody sent, as far as it can be repeated.
fn plain(text: &str) -> &str {
    let printable = text.len() <= 60 && text.bytes().all(|b| b.is_ascii_lowercase() || b"_ ".contains(&b));
    if printable { text } else { "a response type" }
}
