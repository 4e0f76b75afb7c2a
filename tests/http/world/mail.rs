//! Mails, as the development mailbox keeps them.

use serde_json::Value;
use signet::{
    domain::mail::ListKept,
    kernel::{Caller, device::Device, id::RequestId},
};

use super::World;

/// One mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Name of its template: `verify_email`.
    pub kind: String,
    pub to: String,
    /// What its template is given: `link`, `code`, `application`, …
    pub context: Value,
}

impl World {
    /// Every mail, oldest first.
    pub async fn mails(&self) -> Vec<Mail> {
        let caller = Caller::nobody(self.tenant(), Device::default(), RequestId::fresh());
        let mut kept = self.app.perform(caller, ListKept).await.unwrap();
        kept.reverse();
        kept.into_iter().map(|mail| Mail { kind: mail.kind, to: mail.to, context: mail.context.into() }).collect()
    }

    /// The newest mail of a kind to an address.
    pub async fn mail(&self, kind: &str, to: &str) -> Mail {
        let found = self.mails().await.into_iter().rfind(|mail| mail.kind == kind && mail.to == to);
        found.unwrap_or_else(|| panic!("no mail {kind} to {to}"))
    }

    /// How many mails of a kind there are.
    pub async fn count_mails(&self, kind: &str) -> usize {
        self.mails().await.iter().filter(|mail| mail.kind == kind).count()
    }
}

impl Mail {
    /// The path and query of its link.
    pub fn link(&self) -> String {
        let link = self.context["link"].as_str().unwrap();
        link.strip_prefix(super::ISSUER).unwrap().to_owned()
    }

    /// Its 6-digit code.
    pub fn code(&self) -> String {
        self.context["code"].as_str().unwrap().to_owned()
    }
}
