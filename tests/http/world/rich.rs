//! A bank whose API has types of authorization details (RFC 9396), and applications that ask for them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use signet::domain::resources::Resource;

use super::{Answer, NewClient, Request, TokenRequest, World};

pub const BANK: &str = "https://bank.example.test";
pub const FILES: &str = "https://files.example.test";

/// The types of the bank: an account is allowed for good, a payment once.
pub fn bank_types() -> BTreeMap<String, Value> {
    let account = json!({
        "title": "See an account",
        "description": "Balances and bookings, nothing else.",
        "properties": {
            "iban": { "title": "IBAN", "type": "string", "maxLength": 34 },
            "actions": { "title": "What it may do", "type": "array", "items": { "enum": ["balances", "bookings"] } },
            "locations": { "type": "array", "items": { "type": "string" } },
        },
        "required": ["iban"],
    });
    let payment = json!({
        "title": "Make a payment",
        "x-once": true,
        "properties": {
            "instructedAmount": {
                "title": "Amount",
                "type": "object",
                "properties": { "currency": { "type": "string" }, "amount": { "type": "string", "pattern": "^[0-9]+\\.[0-9]{2}$" } },
                "required": ["currency", "amount"],
                "additionalProperties": false,
            },
            "creditorName": { "title": "To", "type": "string", "maxLength": 1000 },
        },
        "required": ["creditorName", "instructedAmount"],
    });
    BTreeMap::from([("account".into(), account), ("payment".into(), payment)])
}

/// An account to be seen.
pub fn account(iban: &str) -> Value {
    json!({ "type": "account", "iban": iban, "actions": ["balances"] })
}

/// A payment to be made.
pub fn payment(amount: &str) -> Value {
    json!({
        "type": "payment", "creditorName": "Merchant A",
        "instructedAmount": { "currency": "EUR", "amount": amount },
    })
}

/// A file to be read.
pub fn file(path: &str) -> Value {
    json!({ "type": "https://files.example.test/types/file", "path": path })
}

impl World {
    /// A bank, which has a scope as well.
    pub async fn bank(&self) -> Resource {
        self.resource_with("bank", "bank:read", |create| {
            create.name = Some("Example Bank".into());
            create.authorization_details_types = bank_types();
        })
        .await
    }

    /// An API for files, without any scope.
    pub async fn file_store(&self) -> Resource {
        let schema = json!({ "properties": { "path": { "type": "string" } }, "required": ["path"] });
        self.resource_with("files", "", |create| {
            create.authorization_details_types.insert("https://files.example.test/types/file".into(), schema);
        })
        .await
    }
}

impl NewClient {
    /// May ask for every type of the bank and of the files.
    pub fn detailed(self) -> Self {
        self.details_types(&["account", "payment", "https://files.example.test/types/file"])
    }

    /// May ask for these types of authorization details.
    pub fn details_types(self, types: &[&str]) -> Self {
        self.with(|create| {
            create.metadata.authorization_details_types = types.iter().map(|name| (*name).to_owned()).collect();
        })
    }
}

impl Request {
    /// Asks for this in detail.
    pub fn details(self, objects: &[Value]) -> Self {
        self.with("authorization_details", &json!(objects).to_string())
    }
}

impl TokenRequest {
    /// Names this of what was granted.
    pub fn details(self, objects: &[Value]) -> Self {
        self.with("authorization_details", &json!(objects).to_string())
    }
}

impl Answer {
    /// The access token of a good answer, and the details that it says it has; null where it says nothing.
    #[track_caller]
    pub fn detailed(self) -> (String, Value) {
        let answer = self.expect(200);
        let json = answer.json();
        (json["access_token"].as_str().unwrap().to_owned(), json["authorization_details"].clone())
    }
}
