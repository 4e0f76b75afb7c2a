//! Templates of pages and mails: built in, with a directory whose files take the place of those of the same name.

use std::path::Path;

use minijinja::{
    AutoEscape, Environment, Output, State, TemplateSource, Value, escape_formatter, path_loader, value::Serde,
};
use serde::Serialize;

use crate::kernel::{Fault, Result};

macro_rules! embedded {
    ($($name:literal)+) => {
        /// Every template that is built in, with its source.
        const EMBEDDED: &[(&str, &str)] =
            &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $name))),)+];
    };
}

embedded! {
    "account_agents.html"
    "account_consents.html"
    "account_request.html"
    "account_request_done.html"
    "account_requests.html"
    "change_password.html"
    "check_session.html"
    "consent.html"
    "device.html"
    "device_confirm.html"
    "device_done.html"
    "error.html"
    "forgot_password.html"
    "forgot_password_done.html"
    "form_post.html"
    "home.html"
    "layout.html"
    "logged_out.html"
    "login.html"
    "logout.html"
    "mail.html"
    "mail/already_registered.html"
    "mail/already_registered.txt"
    "mail/approval_wanted.html"
    "mail/approval_wanted.txt"
    "mail/layout.html"
    "mail/new_sign_in.html"
    "mail/new_sign_in.txt"
    "mail/parts.html"
    "mail/password_changed.html"
    "mail/password_changed.txt"
    "mail/refresh_reuse.html"
    "mail/refresh_reuse.txt"
    "mail/reset_password.html"
    "mail/reset_password.txt"
    "mail/verify_email.html"
    "mail/verify_email.txt"
    "mailbox.html"
    "parts/code_form.html"
    "parts/foot.html"
    "parts/form.html"
    "parts/frames.html"
    "parts/marks.html"
    "parts/rows.html"
    "register.html"
    "register_done.html"
    "reset_password.html"
    "reset_password_done.html"
    "select_account.html"
    "verify_email.html"
    "verify_email_done.html"
}

/// The templates, compiled as they are first used.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
}

impl Templates {
    /// The built-in templates, and those of `directory` in their place. With `reload` a changed file is seen at once
    /// (development); otherwise each is read once.
    pub fn new(directory: Option<&Path>, reload: bool) -> Self {
        let mut environment = Environment::new();
        let overriding = directory.map(path_loader);
        environment.set_loader(move |name: &str| {
            if let Some(load) = &overriding
                && let Some(source) = load(name)?
            {
                return Ok(Some(source));
            }
            Ok(embedded(name).map(TemplateSource::from))
        });
        environment.set_auto_reload(reload);
        environment.set_formatter(write);
        Self { environment }
    }

    /// Renders the template of that name, such as `login.html` or `mail/verify_email.txt`. Values are escaped where the
    /// name ends in `.html`.
    ///
    /// # Errors
    /// A fault when there is no such template, or when it does not fit its context.
    pub fn render(&self, name: &str, context: impl Serialize) -> Result<String> {
        let template = self.environment.get_template(name).map_err(|error| broken(name, error))?;
        Ok(template.render(Serde(context)).map_err(|error| broken(name, error))?)
    }
}

/// Escapes what HTML text and quoted attributes need escaped. minijinja's own way escapes the slash too, which makes
/// every address in a page's source unreadable and protects nothing more.
fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    let text = match (state.auto_escape(), value.as_str()) {
        (AutoEscape::Html, Some(text)) if !value.is_safe() => text,
        _ => return escape_formatter(out, state, value),
    };
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        let (plain, special) = rest.split_at(at);
        out.write_str(plain)?;
        out.write_str(match special.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'"') => "&#34;",
            _ => "&#39;",
        })?;
        rest = special.get(1..).unwrap_or_default();
    }
    Ok(out.write_str(rest)?)
}

fn embedded(name: &str) -> Option<&'static str> {
    EMBEDDED.iter().find(|(each, _)| *each == name).map(|(_, source)| *source)
}

/// The error in one line; minijinja's alternate form, with the template's text around, is for a terminal.
fn broken(name: &str, error: minijinja::Error) -> Fault {
    Fault::broken_by(format!("the template {name} cannot be rendered"), error)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use serde_json::json;

    use super::*;

    /// Names below `directory`, as templates name one another.
    fn names(directory: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                names(&entry.path(), &format!("{name}/"), found);
            } else {
                found.insert(name);
            }
        }
    }

    #[test]
    fn every_template_of_the_tree_is_built_in() {
        let mut found = BTreeSet::new();
        names(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), "", &mut found);
        assert_eq!(EMBEDDED.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>(), found);
    }

    #[test]
    fn every_template_compiles() {
        let templates = Templates::new(None, false);
        for (name, _) in EMBEDDED {
            let compiled = templates.environment.get_template(name);
            assert!(compiled.is_ok(), "{name}: {:?}", compiled.err());
        }
    }

    #[test]
    fn html_is_escaped_and_text_is_not() {
        let directory = std::env::temp_dir().join(format!("signet-templates-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("x.html"), "{{ x }}").unwrap();
        fs::write(directory.join("x.txt"), "{{ x }}").unwrap();
        let templates = Templates::new(Some(&directory), true);
        let context = json!({ "x": "<b> & 'q' /" });
        assert_eq!(templates.render("x.html", &context).unwrap(), "&lt;b&gt; &amp; &#39;q&#39; /");
        let list = json!({ "x": ["<script>"] });
        assert!(!templates.render("x.html", list).unwrap().contains('<'));
        assert_eq!(templates.render("x.txt", &context).unwrap(), "<b> & 'q' /");

        fs::write(directory.join("x.txt"), "changed, and longer").unwrap();
        assert_eq!(templates.render("x.txt", &context).unwrap(), "changed, and longer");
        assert!(templates.render("error.html", json!({ "site": {}, "title": "T", "happened": "H" })).is_ok());
        assert!(templates.render("../Cargo.toml", &context).is_err());
        fs::remove_dir_all(&directory).unwrap();
    }
}
