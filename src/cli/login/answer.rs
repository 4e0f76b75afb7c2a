//! What comes back to the redirect URI, and whether it is the answer to our question.

use subtle::ConstantTimeEq;

use crate::kernel::{Code, Refusal, secret::Secret, text::unprintable};

/// What the answer has to say.
#[derive(Debug)]
pub(super) struct Expected {
    /// The `state` that was sent.
    pub(super) state: Secret,
    /// The issuer that was asked.
    pub(super) issuer: String,
    /// Whether that issuer always says so itself (RFC 9207 §3).
    pub(super) says_issuer: bool,
}

/// What a request to the redirect URI is.
#[derive(Debug)]
pub(super) enum Answer {
    /// Nothing of ours: another page of this machine may have sent it. We go on waiting.
    Foreign,
    /// The issuer says no, or somebody else speaks in its place.
    Refused(Refusal),
    /// The code.
    Code(Secret),
}

impl Expected {
    /// Judges the query of a request to the redirect URI (RFC 6749 §4.1.2, RFC 9207 §2.4).
    pub(super) fn judge(&self, query: &str) -> Answer {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let once = |name: &str| {
            let mut values = pairs.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str());
            (values.next(), values.next().is_some())
        };
        let state = once("state").0.unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(self.state.expose().as_bytes())) {
            return Answer::Foreign;
        }
        if ["state", "code", "error", "iss"].iter().any(|name| once(name).1) {
            return Answer::Refused(Code::InvalidRequest.because("The answer says the same thing twice."));
        }
        match once("iss").0 {
            Some(issuer) if issuer != self.issuer => {
                return Answer::Refused(Code::InvalidRequest.because("The answer comes from another issuer."));
            }
            None if self.says_issuer => {
                return Answer::Refused(
                    Code::InvalidRequest.because("The answer does not say which issuer it is from."),
                );
            }
            _ => {}
        }
        match (once("code").0, once("error").0) {
            (Some(code), None) if !code.is_empty() => Answer::Code(Secret::new(code)),
            (_, Some(error)) => Answer::Refused(refusal(error, once("error_description").0)),
            _ => Answer::Refused(Code::InvalidRequest.because("The answer holds neither a code nor an error.")),
        }
    }
}

/// An error of the issuer in words. It comes from outside, so nothing that steers a terminal stays in it.
pub(in crate::cli) fn refusal(error: &str, description: Option<&str>) -> Refusal {
    let words = match description {
        Some(description) => format!("The issuer says {error}: {description}"),
        None => format!("The issuer says {error}."),
    };
    let plain: String = words.chars().filter(|c| !unprintable(*c)).take(600).collect();
    Code::AccessDenied.because(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(query: &str, says_issuer: bool) -> String {
        let expected = Expected { state: Secret::new("s1"), issuer: "https://id.example".into(), says_issuer };
        match expected.judge(query) {
            Answer::Foreign => "foreign".into(),
            Answer::Refused(refusal) => refusal.sentence.unwrap_or_default().into_owned(),
            Answer::Code(code) => format!("code {}", code.expose()),
        }
    }

    #[test]
    fn only_what_carries_our_state_is_ours() {
        for query in ["", "code=c", "code=c&state=", "code=c&state=s2", "code=c&state=s11", "error=access_denied"] {
            assert_eq!(judged(query, false), "foreign", "{query}");
        }
        assert_eq!(judged("code=c%2B1&state=s1", false), "code c+1");
    }

    #[test]
    fn another_issuer_is_refused() {
        assert_eq!(judged("code=c&state=s1&iss=https%3A%2F%2Fid.example", true), "code c");
        assert!(judged("code=c&state=s1&iss=https%3A%2F%2Fevil.example", false).contains("another issuer"));
        assert!(judged("code=c&state=s1", true).contains("does not say"));
    }

    #[test]
    fn errors_are_told_and_doubled_answers_refused() {
        let said = judged("error=access_denied&error_description=no%1B%5B2J+way&state=s1", false);
        assert_eq!(said, "The issuer says access_denied: no[2J way");
        assert!(judged("code=c&error=x&state=s1", false).contains("The issuer says x."));
        assert!(judged("code=a&code=b&state=s1", false).contains("twice"));
        assert!(judged("state=s1", false).contains("neither"));
    }
}
