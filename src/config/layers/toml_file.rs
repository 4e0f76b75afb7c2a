//! `signet.toml`: its keys as assignments, and what in it is no setting.

use super::mistake::Mistake;
use super::origin::Origin;
use super::{Assignment, Given};
use crate::config::section::{Section, full_name};

/// Reads the file's text. `name` is how messages call the file.
pub(super) fn assignments(name: &str, text: &str, sections: &[&dyn Section]) -> (Vec<Assignment>, Vec<Mistake>) {
    let table = match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(why) => return (Vec::new(), vec![unreadable(name, text, &why)]),
    };
    let mut reader = Reader { file: name, found: Vec::new(), mistakes: Vec::new() };
    let mut top = toml::Table::new();
    for (key, value) in table {
        // No section has the name of a key above all sections; a test holds that.
        match (sections.iter().find(|section| !key.is_empty() && section.name() == key), value) {
            (Some(section), toml::Value::Table(inner)) => reader.section(*section, inner),
            (Some(_), _) => reader.wrong(&key, "", "must be a table"),
            (None, toml::Value::Table(_)) => reader.wrong(&key, "", "is not a section"),
            (None, value) => {
                top.insert(key, value);
            }
        }
    }
    if let Some(section) = sections.iter().find(|section| section.name().is_empty()) {
        reader.section(*section, top);
    }
    (reader.found, reader.mistakes)
}

/// A syntax error. The library's own display quotes the line, which may hold a secret.
fn unreadable(file: &str, text: &str, why: &toml::de::Error) -> Mistake {
    let before = why.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    let origin = Origin::Toml { file: file.into(), key: format!("line {line}") };
    Mistake::new("", "", origin, format!("The file is not TOML: {}", why.message()))
}

struct Reader<'a> {
    file: &'a str,
    found: Vec<Assignment>,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn origin(&self, section: &str, key: &str) -> Origin {
        Origin::Toml { file: self.file.into(), key: full_name(section, key) }
    }

    fn wrong(&mut self, section: &str, key: &str, why: &str) {
        let origin = self.origin(section, key);
        self.mistakes.push(Mistake::new(section, key, origin, why));
    }

    fn section(&mut self, section: &dyn Section, table: toml::Table) {
        for (name, value) in table {
            let exact = section.keys().iter().find(|key| key.name == name);
            let file_of = name.strip_suffix("_file");
            let file_of = section.keys().iter().find(|key| key.from_file && Some(key.name) == file_of);
            let Some(key) = exact.or(file_of) else {
                self.wrong(section.name(), &name, "is not a setting");
                continue;
            };
            self.found.push(Assignment {
                section: section.name(),
                key: key.name,
                given: Given::Toml(value),
                in_file: exact.is_none(),
                origin: self.origin(section.name(), &name),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::config::Config;

    fn mistakes(text: &str) -> Vec<String> {
        let config = Config::default();
        let (_, mistakes) = assignments("signet.toml", text, &config.sections());
        mistakes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_unknown_name_is_reported_with_its_place() {
        let text = "isuer = \"x\"\ntokens = 3\n[nonsense]\na = 1\n[mail]\nform = \"x\"\nattempts_file = \"x\"";
        let mut found = mistakes(text);
        found.sort();
        assert_eq!(
            found,
            [
                "isuer is not a setting (signet.toml isuer)",
                "mail.attempts_file is not a setting (signet.toml mail.attempts_file)",
                "mail.form is not a setting (signet.toml mail.form)",
                "nonsense is not a section (signet.toml nonsense)",
                "tokens must be a table (signet.toml tokens)",
            ]
        );
    }

    #[test]
    fn a_syntax_error_names_its_line_and_quotes_nothing() {
        let found = mistakes("mode = \"development\"\nmaster_key = \"hunter2\" hunter3\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("signet.toml line 2"), "{found:?}");
        assert!(!found[0].contains("hunter"), "{found:?}");
    }

    #[test]
    fn no_section_hides_a_key() {
        let config = Config::default();
        let sections = config.sections();
        let keys: Vec<_> = sections[0].keys().iter().map(|key| key.name).collect();
        assert!(sections[1..].iter().all(|section| !keys.contains(&section.name())));
    }
}
