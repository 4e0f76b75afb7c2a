//! How a section is declared: its doc comments are the reference, its defaults are the defaults, its keys are the only keys.

use super::objections::Objections;
use super::values::Given;

/// One key of a section.
#[derive(Clone, Copy)]
pub struct Key {
    /// Name in `signet.toml`, lower case.
    pub name: &'static str,
    /// The doc comment, with the space that starts every line.
    pub about: &'static str,
    /// What the value is, such as `duration`.
    pub kind: fn() -> String,
    /// True when the value is never shown.
    pub secret: bool,
    /// True when `<NAME>_FILE` may name a file that holds the value.
    pub from_file: bool,
}

/// What values that are fine by themselves may be wrong about together.
pub trait Judged {
    /// Notes every objection to the section's values.
    fn judge(&self, _objections: &mut Objections) {}
}

/// A group of settings that belong to one part of the service.
pub trait Section: Judged {
    /// Name of the table in `signet.toml`; empty for the keys above all tables.
    fn name(&self) -> &'static str;
    /// The doc comment.
    fn about(&self) -> &'static str;
    /// The keys, in the order of the reference.
    fn keys(&self) -> &'static [Key];
    /// Sets one key. The error is a clause that follows "the value …".
    fn assign(&mut self, key: &str, given: &Given) -> Result<(), String>;
    /// The values in the order of `keys`, secrets redacted.
    fn shown(&self) -> Vec<String>;
}

/// The environment variable that sets a key: `SIGNET_ISSUER`, `SIGNET_TOKENS__CODE_TTL`.
pub fn variable(section: &str, key: &str) -> String {
    let name = if section.is_empty() { format!("SIGNET_{key}") } else { format!("SIGNET_{section}__{key}") };
    name.to_ascii_uppercase()
}

/// The name of a key as messages write it: `issuer`, `tokens.code_ttl`.
pub fn full_name(section: &str, key: &str) -> String {
    if section.is_empty() {
        key.to_owned()
    } else if key.is_empty() {
        section.to_owned()
    } else {
        format!("{section}.{key}")
    }
}

/// Declares a section: the struct, its `Default` and its [`Section`].
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        pub struct $name:ident as $table:literal {
            $( $(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:expr, )+
        }
        $( and $( $(#[doc = $part_doc:literal])+ $part:ident: $part_type:ty, )+ )?
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $key: $type, )+
            $( $( $(#[doc = $part_doc])+ pub $part: $part_type, )+ )?
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $( $key: $default, )+
                    $( $( $part: Default::default(), )+ )?
                }
            }
        }

        impl $crate::config::section::Section for $name {
            fn name(&self) -> &'static str {
                $table
            }

            fn about(&self) -> &'static str {
                concat!($($about, "\n"),+)
            }

            fn keys(&self) -> &'static [$crate::config::section::Key] {
                use $crate::config::values::Setting;
                const KEYS: &[$crate::config::section::Key] = &[$(
                    $crate::config::section::Key {
                        name: stringify!($key),
                        about: concat!($($doc, "\n"),+),
                        kind: <$type as Setting>::kind,
                        secret: <$type as Setting>::SECRET,
                        from_file: <$type as Setting>::FROM_FILE,
                    },
                )+];
                KEYS
            }

            fn assign(&mut self, key: &str, given: &$crate::config::values::Given) -> Result<(), String> {
                $(
                    if key == stringify!($key) {
                        self.$key = given.read()?;
                        return Ok(());
                    }
                )+
                Err("is not a setting".into())
            }

            fn shown(&self) -> Vec<String> {
                use $crate::config::values::Setting;
                vec![$( self.$key.shown(), )+]
            }
        }
    };
}
pub(super) use section;
