//! What a client may exchange tokens for (RFC 8693 §1.1, §5): rules that only the operator writes.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::kernel::scope::Scopes;

/// So many exchanges may lie behind a token: nobody reads a longer chain.
pub const DEEPEST: u8 = 5;

/// Longest name of an audience, a client or a resource, in characters.
const LONGEST: usize = 500;

/// Most rules of one client, and most names in one rule.
const MOST: usize = 50;

/// In which role a client uses somebody else's token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It acts for them, and the new token says who acts (RFC 8693 §1.1, §4.1).
    #[default]
    Delegation,
    /// It acts as them: the new token names no further actor (RFC 8693 §1.1).
    Impersonation,
    /// It takes a person's identity to another authorization server
    /// (draft-ietf-oauth-identity-assertion-authz-grant §4.3).
    IdJag,
}

impl Mode {
    /// Every mode.
    pub const ALL: &[Self] = &[Self::Delegation, Self::Impersonation, Self::IdJag];

    /// Its name in rules and in the audit trail.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delegation => "delegation",
            Self::Impersonation => "impersonation",
            Self::IdJag => "id-jag",
        }
    }
}

/// One rule. The first that permits an exchange decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MayAct {
    /// In which role.
    #[serde(default)]
    pub mode: Mode,
    /// For whom the new token may be: resource indicators, the issuer itself, or with `id-jag` the issuer of another
    /// authorization server.
    pub audience: Vec<String>,
    /// At most these scopes; without it, all that the subject token has. With `id-jag`, scopes at the other server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scopes>,
    /// Scopes that the subject token need not have: an API that calls the next one. Never more than the person allowed the
    /// application that the subject token was issued to.
    #[serde(default, skip_serializing_if = "Scopes::is_empty")]
    pub adds: Scopes,
    /// Whose tokens: clients that they were issued to, or audiences that they are for. Without it, those that were issued to this
    /// client, or for an API of its name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// How many exchanges may lie behind the new token.
    #[serde(default = "one")]
    pub depth: u8,
    /// With `id-jag`: what this client is called at the other authorization server; the same as here without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// With `id-jag`: resources there that may be named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<String>,
}

fn one() -> u8 {
    1
}

impl MayAct {
    /// Whether it can be a rule.
    ///
    /// # Errors
    /// What is wrong with it: a sentence without a subject.
    pub fn check(&self) -> Result<(), String> {
        if self.audience.is_empty() {
            return Err("names no audience".into());
        }
        if [&self.audience, &self.from, &self.resource].iter().any(|list| list.len() > MOST) {
            return Err("names too many".into());
        }
        for uri in self.audience.iter().chain(&self.resource) {
            absolute(uri).map_err(|why| format!("names {uri}, which {why}"))?;
        }
        if self.from.iter().chain(&self.client_id).any(|name| !plain(name)) {
            return Err("names a client with characters that no client_id has".into());
        }
        if !(1..=DEEPEST).contains(&self.depth) {
            return Err(format!("has a depth that is not 1 to {DEEPEST}"));
        }
        let abroad = self.mode == Mode::IdJag;
        if !abroad && (self.client_id.is_some() || !self.resource.is_empty()) {
            return Err("names client-id or resource, which belong to mode=id-jag".into());
        }
        if abroad && (self.depth != 1 || !self.from.is_empty() || !self.adds.is_empty()) {
            return Err("is for id-jag, where depth, from and adds mean nothing".into());
        }
        Ok(())
    }
}

/// What is wrong with the rules of a client, if anything.
///
/// # Errors
/// A sentence about the first rule that is wrong, without a subject.
pub(super) fn check(rules: &[MayAct]) -> Result<(), String> {
    if rules.len() > MOST {
        return Err("has too many rules".into());
    }
    rules.iter().try_for_each(|rule| rule.check().map_err(|why| format!("has a rule that {why}")))
}

fn plain(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\,".contains(&b))
}

/// An absolute URI without a fragment (RFC 8707 §2), compared byte for byte.
fn absolute(uri: &str) -> Result<(), &'static str> {
    match Url::parse(uri) {
        Ok(url) if plain(uri) && url.fragment().is_none() => Ok(()),
        _ => Err("is not an absolute URI without a fragment"),
    }
}

/// A rule as the command line writes it: `audience=https://orders.example,scope=orders:read,depth=2,mode=delegation`. A name that
/// stands several times has several values.
impl FromStr for MayAct {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut rule = Self {
            mode: Mode::default(),
            audience: Vec::new(),
            scope: None,
            adds: Scopes::default(),
            from: Vec::new(),
            depth: 1,
            client_id: None,
            resource: Vec::new(),
        };
        for part in text.split(',') {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("{part} is not name=value"))?;
            let scopes = || Scopes::parse(value).map_err(|error| error.to_string());
            match name {
                "mode" => {
                    let known = Mode::ALL.iter().copied().find(|mode| mode.name() == value);
                    rule.mode = known.ok_or("mode must be one of: delegation, impersonation, id-jag")?;
                }
                "audience" => rule.audience.push(value.to_owned()),
                "scope" => rule.scope = Some(rule.scope.unwrap_or_default().union(&scopes()?)),
                "adds" => rule.adds = rule.adds.union(&scopes()?),
                "from" => rule.from.push(value.to_owned()),
                "depth" => rule.depth = value.parse().map_err(|_| format!("depth must be 1 to {DEEPEST}"))?,
                "client-id" => rule.client_id = Some(value.to_owned()),
                "resource" => rule.resource.push(value.to_owned()),
                _ => {
                    return Err(format!(
                        "{name} is none of: mode, audience, scope, adds, from, depth, client-id, resource"
                    ));
                }
            }
        }
        rule.check().map_err(|why| format!("the rule {why}"))?;
        Ok(rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_as_it_is_written() {
        let rule: MayAct = "audience=https://orders.example,audience=https://stock.example,scope=orders:read,\
                            scope=orders:write orders:list,from=portal,depth=2,mode=impersonation"
            .parse()
            .unwrap();
        assert_eq!(rule.audience, ["https://orders.example", "https://stock.example"]);
        assert_eq!(rule.scope.as_ref().unwrap().to_string(), "orders:list orders:read orders:write");
        assert_eq!((rule.mode, rule.depth, rule.from.as_slice()), (Mode::Impersonation, 2, &["portal".to_owned()][..]));
        let usual: MayAct = "audience=https://orders.example".parse().unwrap();
        assert_eq!((usual.mode, usual.depth, usual.scope.as_ref()), (Mode::Delegation, 1, None));
        let json = serde_json::to_value(&rule).unwrap();
        assert_eq!(serde_json::from_value::<MayAct>(json).unwrap(), rule);
    }

    #[test]
    fn what_is_no_rule() {
        for bad in [
            "",
            "audience",
            "scope=orders:read",
            "audience=orders",
            "audience=https://a.test#x",
            "audience=https://a.test,depth=0",
            "audience=https://a.test,depth=6",
            "audience=https://a.test,depth=two",
            "audience=https://a.test,mode=magic",
            "audience=https://a.test,scope=a\"b",
            "audience=https://a.test,from=",
            "audience=https://a.test,color=red",
            "audience=https://a.test,client-id=x",
            "audience=https://a.test,resource=https://b.test",
            "audience=https://a.test,mode=id-jag,depth=2",
            "audience=https://a.test,mode=id-jag,adds=x",
        ] {
            assert!(bad.parse::<MayAct>().is_err(), "{bad}");
        }
    }

    #[test]
    fn unknown_members_of_a_rule_are_refused() {
        for bad in [r#"{}"#, r#"{"audience":[],"scopes":"x"}"#, r#"{"audience":["https://a.test"],"mode":"x"}"#] {
            assert!(serde_json::from_str::<MayAct>(bad).is_err(), "{bad}");
        }
    }
}
