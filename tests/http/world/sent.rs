//! Forms as a browser sends them, for tests that change one thing about them.

use axum::http::{Method, header};

use super::{Browser, ISSUER, http::Call};

/// The fields of a form, in order.
pub type Fields = Vec<(String, String)>;

impl Browser {
    /// What the form with this action would send, without its buttons.
    #[track_caller]
    pub fn fields(&self, action: &str) -> Fields {
        let page = self.page();
        let form = page.forms.iter().find(|form| form.action == action);
        let form = form.unwrap_or_else(|| panic!("no form to {action} on {}: {}", page.address, page.text));
        form.fields.iter().map(|field| (field.name.clone(), field.value.clone())).collect()
    }

    /// A request of this browser, begun by a page of ours.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let call = self.world.call(method, path);
        match self.cookies.header(true, true, self.world.now()) {
            Some(cookies) => call.header(header::COOKIE, &cookies),
            None => call,
        }
    }

    /// A form of ours on its way.
    pub fn send(&self, path: &str, fields: &Fields) -> Call {
        self.call(Method::POST, path)
            .header(header::ORIGIN, ISSUER)
            .header("sec-fetch-site", "same-origin")
            .form(fields)
    }
}

/// The fields with one of them changed or added.
pub fn with(fields: &Fields, name: &str, value: &str) -> Fields {
    let mut fields = without(fields, name);
    fields.push((name.into(), value.into()));
    fields
}

/// The fields without one of them.
pub fn without(fields: &Fields, name: &str) -> Fields {
    fields.iter().filter(|(each, _)| each != name).cloned().collect()
}
