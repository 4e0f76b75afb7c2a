//! Whom a client may act for, who may act with its tokens, and whose sign-in it shares.

use clap::Args;

use crate::domain::clients::{GrantType, MayAct, Metadata};

#[derive(Debug, Args)]
#[group(id = "registration_delegation", conflicts_with = "import", multiple = true)]
pub(in crate::cli) struct Delegation {
    /// What it may exchange tokens for (RFC 8693); may be given several times, and the first rule that permits an exchange decides.
    /// name=value pairs, separated by commas; a name that stands several times has several values. audience: for whom the new token
    /// may be. scope: at most these. adds: scopes that the exchanged token need not have, if the person allowed them. from: clients or
    /// audiences whose tokens; without it, its own. depth: how many exchanges, 1 without it. mode: delegation (the new token says who
    /// acts; without it), impersonation, or id-jag (an identity assertion for another authorization server, which is the audience;
    /// client-id: what the client is called there; resource: what it may name there).
    #[arg(long = "may-act", value_name = "RULE")]
    may_act: Vec<MayAct>,
    /// The one party that may act with its access tokens, a client_id or a person's sub: they say so (may_act).
    #[arg(long, value_name = "PARTY")]
    delegate: Option<String>,
    /// The vendor whose apps share a sign-in on a device, by any name: apps of the same name sign in by the ID token and the device
    /// secret of each other (OpenID Connect Native SSO). They may ask for the scope device_sso.
    #[arg(long, value_name = "VENDOR")]
    native_sso_group: Option<String>,
}

impl Delegation {
    /// The grant types that the options need, added to those that were named.
    pub(super) fn grants(&self, named: Vec<GrantType>) -> Vec<GrantType> {
        let wanted = !self.may_act.is_empty() || self.native_sso_group.is_some();
        let exchange = wanted && !named.contains(&GrantType::TokenExchange);
        named.into_iter().chain(exchange.then_some(GrantType::TokenExchange)).collect()
    }

    /// The scope of a client that did not say, with what the options make it want.
    pub(super) fn scope(&self, usual: &str) -> String {
        let device_sso = self.native_sso_group.as_ref().filter(|_| usual.contains("openid")).map(|_| " device_sso");
        format!("{usual}{}", device_sso.unwrap_or_default())
    }

    /// What the options say.
    pub(super) fn put(self, metadata: &mut Metadata) {
        metadata.may_act = self.may_act;
        metadata.delegate = self.delegate;
        metadata.native_sso_group = self.native_sso_group;
    }
}
