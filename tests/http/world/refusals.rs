//! How the surfaces for people and for front ends say no.

use serde_json::Value;

use super::{Answer, Page};

/// A problem document (RFC 9457).
#[derive(Debug, Clone)]
pub struct Problem {
    pub answer: Answer,
    pub json: Value,
}

impl Answer {
    /// Asserts a problem document of this status and kind.
    #[track_caller]
    pub fn problem(self, status: u16, name: &str) -> Problem {
        let answer = self.expect(status);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text());
        assert_eq!(answer.header("cache-control"), "no-store");
        let json = answer.json();
        assert_eq!(json["type"], format!("urn:signet:problem:{name}"), "{json}");
        assert_eq!(json["status"], status);
        assert_eq!(json["instance"], answer.header("x-request-id"));
        assert!(json["title"].as_str().is_some_and(|title| !title.is_empty()));
        Problem { answer, json }
    }

    /// The page of an answer that is one, with this status.
    #[track_caller]
    pub fn page(self, status: u16) -> Page {
        let answer = self.expect(status);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "no-store");
        Page::read("", answer)
    }

    /// Asserts a page that says no, names the request and asks for nothing.
    #[track_caller]
    pub fn error_page(self, status: u16) -> Page {
        let page = self.page(status);
        let request = page.answer.header("x-request-id");
        assert!(request.starts_with("req_") && page.text.contains(request), "{}", page.text);
        assert!(page.forms.is_empty(), "{}", page.text);
        page
    }
}

impl Problem {
    /// Field and code of every field that was refused.
    pub fn fields(&self) -> Vec<(String, String)> {
        let errors = self.json["errors"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        for error in &errors {
            assert!(!text(&error["message"]).is_empty(), "{error}");
        }
        errors.iter().map(|error| (text(&error["field"]), text(&error["code"]))).collect()
    }

    /// Asserts which fields were refused, and why.
    #[track_caller]
    pub fn at(self, fields: &[(&str, &str)]) -> Self {
        let expected: Vec<_> = fields.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect();
        assert_eq!(self.fields(), expected, "{}", self.json);
        self
    }

    pub fn detail(&self) -> &str {
        self.json["detail"].as_str().unwrap_or_default()
    }
}
