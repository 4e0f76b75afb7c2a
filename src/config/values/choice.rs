//! Settings that are one word out of a few.

use super::setting::Setting;

/// Declares an enum whose variants are the words an operator may write.
macro_rules! choice {
    ( $(#[doc = $about:literal])+ pub enum $name:ident { $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal, )+ } ) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        pub enum $name { $( $(#[doc = $doc])+ $variant, )+ }

        impl $name {
            /// The word as settings write it.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Setting for $name {
            fn kind() -> String {
                [$( concat!("`", $word, "`") ),+].join(" or ")
            }

            fn parse(text: &str) -> Result<Self, String> {
                match text.trim() {
                    $( $word => Ok(Self::$variant), )+
                    other => Err(format!("must be {}, not {other:?}", Self::kind())),
                }
            }

            fn shown(&self) -> String {
                self.as_str().into()
            }
        }
    };
}
pub(super) use choice;

choice! {
    /// How strict the service is about conveniences.
    pub enum Mode {
        /// Mail in a mailbox page, the in-process store, http issuers.
        Development = "development",
        /// None of these.
        Production = "production",
    }
}

choice! {
    /// The shape of log lines.
    pub enum LogFormat {
        /// One JSON object a line, for machines.
        Json = "json",
        /// Colored text, for people.
        Pretty = "pretty",
    }
}

choice! {
    /// Whether applications may register themselves.
    pub enum ClientRegistration {
        /// They may not.
        Off = "off",
        /// With an initial access token.
        Token = "token",
        /// Anyone may.
        Open = "open",
    }
}

choice! {
    /// How a proxy hands on the certificate of a client.
    pub enum CertificateForm {
        /// PEM, percent-encoded.
        Pem = "pem",
        /// DER as a byte sequence of structured fields (RFC 9440 §2).
        Rfc9440 = "rfc9440",
    }
}

choice! {
    /// What clients are held to besides what the standards ask of everybody.
    pub enum SecurityProfile {
        /// Each to what it was registered with.
        None = "none",
        /// FAPI 2.0 Security Profile.
        Fapi2 = "fapi2",
        /// That, and FAPI 2.0 Message Signing.
        Fapi2MessageSigning = "fapi2-message-signing",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn only_the_listed_words_are_read() {
        assert_eq!(Mode::parse("production"), Ok(Mode::Production));
        assert_eq!(LogFormat::parse("json").map(LogFormat::as_str), Ok("json"));
        let why = Mode::parse("prod").unwrap_err();
        assert_eq!(why, "must be `development` or `production`, not \"prod\"");
        assert!(Mode::parse("Production").is_err());
    }
}
