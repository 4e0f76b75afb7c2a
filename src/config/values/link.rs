//! A link that stands on pages: privacy policy, terms, support.

use std::fmt;

use url::Url;

use super::setting::Setting;

/// An `https`, `http` or `mailto` URL. Other schemes, `javascript:` above all, have no place in a page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link(Url);

impl Link {
    /// The link as an `href`.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl Setting for Link {
    const FROM_FILE: bool = true;

    fn kind() -> String {
        "URL".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text.trim()).map_err(|why| format!("must be a URL ({why})"))?;
        if !matches!(url.scheme(), "https" | "http" | "mailto") {
            return Err("must be an https, http or mailto URL".into());
        }
        if url.password().is_some() || !url.username().is_empty() {
            return Err("must not hold a user name or password".into());
        }
        Ok(Self(url))
    }

    fn shown(&self) -> String {
        self.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn only_links_a_page_may_carry() {
        assert_eq!(Link::parse("https://a.example/privacy").unwrap().as_str(), "https://a.example/privacy");
        assert!(Link::parse("mailto:help@a.example").is_ok());
        for text in ["javascript:alert(1)", "data:text/html,x", "/privacy", "https://u:p@a.example", ""] {
            assert!(Link::parse(text).is_err(), "{text}");
        }
    }
}
