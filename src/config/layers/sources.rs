//! What the layers hold, as plain values, so that loading is a pure function; and the real ones of a process.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::dotenv;
use super::mistake::Mistake;
use super::origin::Origin;

/// Reads a file named by a `…_FILE` setting.
type ReadFile = Box<dyn Fn(&Path) -> io::Result<String> + Send + Sync>;

/// The variable that names the TOML file; not a setting.
const FILE_VARIABLE: &str = "SIGNET_CONFIG";

/// Everything that settings are read from.
pub struct Sources {
    pub(super) environment: BTreeMap<String, String>,
    pub(super) dotenv: Option<String>,
    /// Name of the file for messages, and its text.
    pub(super) toml: Option<(String, String)>,
    pub(super) read_file: ReadFile,
    /// What went wrong while the sources themselves were read.
    pub(super) unreadable: Vec<Mistake>,
}

impl fmt::Debug for Sources {
    /// Shows nothing of the contents, which hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").finish_non_exhaustive()
    }
}

impl Sources {
    /// No source at all: the defaults. Files are refused.
    pub fn none() -> Self {
        Self {
            environment: BTreeMap::new(),
            dotenv: None,
            toml: None,
            read_file: Box::new(|_| Err(io::ErrorKind::NotFound.into())),
            unreadable: Vec::new(),
        }
    }

    /// Adds variables of the environment.
    #[must_use]
    pub fn with_environment<'a>(mut self, variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let owned = variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.environment.extend(owned);
        self
    }

    /// Sets the text of `.env`.
    #[must_use]
    pub fn with_dotenv(mut self, text: &str) -> Self {
        self.dotenv = Some(text.to_owned());
        self
    }

    /// Sets the text of `signet.toml`.
    #[must_use]
    pub fn with_toml(mut self, text: &str) -> Self {
        self.toml = Some(("signet.toml".into(), text.to_owned()));
        self
    }

    /// Sets how files named by `…_FILE` settings are read.
    #[must_use]
    pub fn with_files(mut self, read: impl Fn(&Path) -> io::Result<String> + Send + Sync + 'static) -> Self {
        self.read_file = Box::new(read);
        self
    }

    /// The sources of this process: its environment, and `.env` and `signet.toml` in `directory`. `SIGNET_CONFIG`, in the
    /// environment or in `.env`, names another TOML file. Neither file needs to exist, unless it is named.
    ///
    /// What cannot be read is reported by [`Config::load`](crate::config::Config::load) with all other mistakes.
    pub fn from_process(directory: &Path) -> Self {
        Self::of_environment().read_files(directory)
    }

    /// The same with `file` in the place of the TOML file that `SIGNET_CONFIG` names. It must exist.
    pub fn from_process_with(directory: &Path, file: &Path) -> Self {
        Self::of_environment().with_environment([(FILE_VARIABLE, &*file.to_string_lossy())]).read_files(directory)
    }

    #[allow(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    fn of_environment() -> Self {
        let mut sources = Self::none();
        for (name, value) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if !name.starts_with("SIGNET_") {
                continue;
            }
            match value.into_string() {
                Ok(value) => {
                    sources.environment.insert(name, value);
                }
                Err(_) => {
                    let origin = Origin::Environment { name };
                    sources.unreadable.push(Mistake::new("", "", origin, "The value is not UTF-8"));
                }
            }
        }
        sources
    }

    /// Reads `.env` and the TOML file, given the environment.
    fn read_files(mut self, directory: &Path) -> Self {
        match read_if_there(&directory.join(".env")) {
            Ok(text) => self.dotenv = text,
            Err(why) => self.refuse(".env".into(), &why),
        }
        let named = self.environment.get(FILE_VARIABLE).cloned().or_else(|| self.toml_name_in_dotenv());
        let named = named.filter(|name| !name.is_empty());
        let name = named.clone().unwrap_or_else(|| "signet.toml".into());
        match read_if_there(&directory.join(&name)) {
            Ok(Some(text)) => self.toml = Some((name, text)),
            Ok(None) if named.is_some() => {
                self.refuse(name, &io::Error::new(io::ErrorKind::NotFound, "there is no such file"));
            }
            Ok(None) => {}
            Err(why) => self.refuse(name, &why),
        }
        let directory: PathBuf = directory.to_owned();
        self.with_files(move |path| std::fs::read_to_string(directory.join(path)))
    }

    fn toml_name_in_dotenv(&self) -> Option<String> {
        let entries = dotenv::entries(self.dotenv.as_deref()?);
        let mut pairs = entries.into_iter().filter_map(|entry| entry.pair);
        pairs.find(|(name, _)| name == FILE_VARIABLE).map(|(_, value)| value)
    }

    fn refuse(&mut self, file: String, why: &io::Error) {
        let key = String::new();
        let why = format!("The file cannot be read: {why}");
        self.unreadable.push(Mistake::new("", "", Origin::Toml { file, key }, why));
    }
}

/// The text of a file, or nothing if there is none.
fn read_if_there(path: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(why),
    }
}

/// True for the variables that begin like settings and are none: the tests' own, and the name of the TOML file.
pub(super) fn is_foreign(variable: &str) -> bool {
    variable.starts_with("SIGNET_TEST_") || variable == FILE_VARIABLE
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::config::Config;

    /// A directory of its own for one test, removed at the end.
    struct Directory(PathBuf);

    impl Directory {
        fn new() -> Self {
            let path = std::env::temp_dir().join(format!("signet-config-{}", uuid::Uuid::new_v4()));
            std::fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn write(&self, name: &str, text: &[u8]) {
            std::fs::write(self.0.join(name), text).unwrap();
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn missing_files_are_fine() {
        let directory = Directory::new();
        let config = Config::load(&Sources::none().read_files(&directory.0)).unwrap();
        assert_eq!(config.issuer.as_str(), "http://localhost:8001");
    }

    #[test]
    fn both_files_and_a_secret_beside_them_are_read() {
        let directory = Directory::new();
        directory.write("signet.toml", b"listen = \"127.0.0.1:9001\"\n[operator]\ntoken_file = \"token\"");
        directory.write(".env", b"SIGNET_LOG=debug\n");
        directory.write("token", b"0123456789abcdef0123456789abcdef\n");
        let config = Config::load(&Sources::none().read_files(&directory.0)).unwrap();
        assert_eq!((config.listen.port(), config.log.as_str()), (9001, "debug"));
        assert_eq!(config.operator.token.unwrap().expose(), "0123456789abcdef0123456789abcdef");
    }

    #[test]
    fn another_toml_file_can_be_named_and_must_then_exist() {
        let directory = Directory::new();
        directory.write("other.toml", b"log = \"warn\"");
        directory.write(".env", b"SIGNET_CONFIG=other.toml");
        let config = Config::load(&Sources::none().read_files(&directory.0)).unwrap();
        assert_eq!(config.log, "warn");
        let sources = Sources::none().with_environment([("SIGNET_CONFIG", "none.toml")]);
        let mistakes = Config::load(&sources.read_files(&directory.0)).unwrap_err();
        assert!(mistakes.to_string().contains("The file cannot be read: there is no such file"), "{mistakes}");
        assert!(mistakes.to_string().contains("(none.toml)"), "{mistakes}");
    }

    #[test]
    fn a_file_that_is_not_text_is_a_mistake() {
        let directory = Directory::new();
        directory.write("signet.toml", b"log = \"\xff\"");
        directory.write(".env", b"\xff");
        let mistakes = Config::load(&Sources::none().read_files(&directory.0)).unwrap_err();
        assert_eq!(mistakes.0.len(), 2);
    }

    #[test]
    fn debug_shows_no_content() {
        let sources = Sources::none().with_environment([("SIGNET_OPERATOR__TOKEN", "hunter2")]);
        assert_eq!(format!("{sources:?}"), "Sources { .. }");
    }
}
