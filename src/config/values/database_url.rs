//! Where the rows are.

use std::fmt;
use std::path::Path;

use url::Url;

use super::setting::Setting;
use super::url_text::without_password;

/// The database systems that Signet runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DatabaseKind {
    /// A file (or the process's memory): the embedded default, one node.
    Sqlite,
    /// A server that any number of nodes share.
    Postgres,
}

/// The URL of the database.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    text: String,
    kind: DatabaseKind,
}

impl DatabaseUrl {
    /// The SQLite file `signet.db` in a directory.
    pub fn in_directory(directory: &Path) -> Self {
        let path = directory.join("signet.db").display().to_string();
        // The driver decodes percent signs and takes a question mark for the start of the parameters.
        let path = path.replace('%', "%25").replace('?', "%3F");
        Self { text: format!("sqlite://{path}"), kind: DatabaseKind::Sqlite }
    }

    /// The URL with its password, for the driver only.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Which database system it names.
    pub const fn kind(&self) -> DatabaseKind {
        self.kind
    }

    /// True for SQLite: the embedded default, which migrates itself.
    pub fn is_embedded(&self) -> bool {
        self.kind == DatabaseKind::Sqlite
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Setting for DatabaseUrl {
    const FROM_FILE: bool = true;

    fn kind() -> String {
        "URL".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let kind = match text.split_once(':') {
            Some(("sqlite", rest))
                if !rest.trim_start_matches('/').split('?').next().unwrap_or_default().is_empty() =>
            {
                DatabaseKind::Sqlite
            }
            Some(("sqlite", _)) => {
                return Err("must name a file, such as sqlite://data/signet.db".into());
            }
            Some(("postgres" | "postgresql", _)) => {
                let url = Url::parse(text).map_err(|why| {
                    format!("must be a URL such as postgres://user:password@host/signet; percent-encode special characters in the password ({why})")
                })?;
                if url.path().trim_matches('/').is_empty() {
                    return Err("must name a database: postgres://user:password@host/signet".into());
                }
                DatabaseKind::Postgres
            }
            _ => return Err("must start with sqlite:// or postgres://".into()),
        };
        Ok(Self { text: text.to_owned(), kind })
    }

    fn shown(&self) -> String {
        without_password(&self.text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn both_systems_are_recognized() {
        for (text, kind) in [
            ("sqlite://data/signet.db", DatabaseKind::Sqlite),
            ("sqlite::memory:", DatabaseKind::Sqlite),
            ("sqlite:///var/lib/signet/signet.db?mode=rwc", DatabaseKind::Sqlite),
            ("postgres://u:p@h:5432/signet?sslmode=require", DatabaseKind::Postgres),
            ("postgresql:///signet?host=/run/postgresql", DatabaseKind::Postgres),
        ] {
            let url = DatabaseUrl::parse(text).unwrap();
            assert_eq!((url.kind(), url.expose()), (kind, text));
        }
    }

    #[test]
    fn the_password_stays_inside() {
        let url = DatabaseUrl::parse("postgres://u:hunter2@h/signet").unwrap();
        assert_eq!(url.shown(), "postgres://u:***@h/signet");
        assert_eq!(format!("{url:?}"), "postgres://u:***@h/signet");
        let why = DatabaseUrl::parse("postgres://u:hunter/2@h/signet").unwrap_err();
        assert!(!why.contains("hunter"), "{why}");
    }

    #[test]
    fn what_names_no_database_is_refused() {
        for text in [
            "",
            "sqlite:",
            "sqlite://",
            "sqlite://?mode=rwc",
            "mysql://h/db",
            "postgres://u:p@h",
            "postgres://u:p@h/",
            "data/signet.db",
        ] {
            assert!(DatabaseUrl::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_default_follows_the_data_directory() {
        assert_eq!(DatabaseUrl::in_directory(Path::new("data")).expose(), "sqlite://data/signet.db");
        assert_eq!(DatabaseUrl::in_directory(Path::new("/a?b%c")).expose(), "sqlite:///a%3Fb%25c/signet.db");
    }
}
