//! JSON bodies, with every field that has the wrong type named at once.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use serde_json::{Map, Value};

use super::{body, document::Document};
use crate::{
    app::App,
    kernel::{Code, Error, Refusal, refusal::Findings, secret::Secret},
};

/// A JSON object, read as `T`.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// A JSON object as it was sent; the operation reads it.
#[derive(Debug)]
pub struct JsonObject(pub Map<String, Value>);

/// What can be read from a JSON object.
pub trait FromFields: Sized {
    /// Takes the fields it knows; unknown ones are ignored.
    fn from_fields(fields: &mut Fields) -> Self;
}

/// The members of a JSON object, and what was found wrong with them.
#[derive(Debug, Default)]
pub struct Fields {
    members: Map<String, Value>,
    findings: Findings,
}

impl Fields {
    /// A text. Missing is empty: the operation says what it needs, together with everything else.
    pub fn text(&mut self, name: &'static str) -> String {
        match self.members.remove(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text,
            Some(_) => self.wrong(name, "has to be a text"),
        }
    }

    /// A text that is not shown again.
    pub fn secret(&mut self, name: &'static str) -> Secret {
        Secret::new(self.text(name))
    }

    /// A text that may be left out.
    pub fn optional(&mut self, name: &'static str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Yes or no; missing is no.
    pub fn flag(&mut self, name: &'static str) -> bool {
        match self.members.remove(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => flag,
            Some(_) => self.wrong(name, "has to be true or false"),
        }
    }

    fn wrong<T: Default>(&mut self, name: &'static str, message: &'static str) -> T {
        self.findings.note(name, "wrong_type", message);
        T::default()
    }
}

/// Reads an object as `T`.
///
/// # Errors
/// `Malformed` when it is not JSON, not an object, says something twice, or has a NUL character; `InvalidInput` with every field of a wrong
/// type.
pub fn read<T: FromFields>(bytes: &[u8]) -> Result<T, Refusal> {
    let members = object(bytes)?;
    if members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)) {
        return Err(Code::Malformed.because("A text has a NUL character.")); // no store takes one
    }
    let mut fields = Fields { members, findings: Findings::default() };
    let read = T::from_fields(&mut fields);
    match fields.findings.refusal() {
        None => Ok(read),
        Some(refusal) => Err(refusal),
    }
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let document = serde_json::from_slice(bytes).map_err(|error| {
        Code::Malformed.because(format!("The body is not JSON (line {}, column {}).", error.line(), error.column()))
    })?;
    match document {
        Document::Object(members) => Ok(members),
        Document::Repeated => Err(Code::Malformed.because("A name stands twice in the JSON object.")),
        Document::Other => Err(Code::Malformed.because("The body has to be a JSON object.")),
    }
}

/// Only at the top: no field here is an object or a list.
fn has_nul(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains('\0'))
}

impl<T: FromFields> FromRequest<Arc<App>> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Error> {
        body::judge_type(request.headers(), "application/json")?;
        let bytes = body::read(request, app.config.server.json_limit.as_usize()).await?;
        Ok(Self(read(&bytes)?))
    }
}

impl FromRequest<Arc<App>> for JsonObject {
    type Rejection = Error;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Error> {
        body::judge_type(request.headers(), "application/json")?;
        let bytes = body::read(request, app.config.server.json_limit.as_usize()).await?;
        Ok(Self(object(&bytes)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Sample {
        email: String,
        others: bool,
    }

    impl FromFields for Sample {
        fn from_fields(fields: &mut Fields) -> Self {
            Self { email: fields.text("email"), others: fields.flag("others") }
        }
    }

    #[test]
    fn known_fields_are_read_and_unknown_ones_ignored() {
        let read: Sample = read(br#"{"email":"a@b.test","others":true,"more":[1]}"#).unwrap();
        assert_eq!(read, Sample { email: "a@b.test".into(), others: true });
        assert_eq!(super::read::<Sample>(b"{}").unwrap(), Sample { email: String::new(), others: false });
    }

    #[test]
    fn every_field_of_a_wrong_type_is_named() {
        let refusal = read::<Sample>(br#"{"email":1,"others":"yes"}"#).unwrap_err();
        let fields: Vec<_> = refusal.fields.iter().map(|field| (field.field, field.code)).collect();
        assert_eq!(
            (refusal.code, fields),
            (Code::InvalidInput, vec![("email", "wrong_type"), ("others", "wrong_type")])
        );
    }

    #[test]
    fn what_is_not_an_object_is_malformed() {
        for bad in ["", "{", "[]", "1", "{\"email\":\"a\\u0000\"}", "{\"email\":\"\\ud800\"}", "{}{}"] {
            assert_eq!(read::<Sample>(bad.as_bytes()).unwrap_err().code, Code::Malformed, "{bad}");
        }
        assert_eq!(read::<Sample>(b"{\"email\":\"\xff\"}").unwrap_err().code, Code::Malformed);
        let deep = "[".repeat(100_000);
        assert_eq!(read::<Sample>(deep.as_bytes()).unwrap_err().code, Code::Malformed);
    }
}
