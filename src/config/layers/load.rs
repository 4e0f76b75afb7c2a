//! Layer upon layer: the last one that names a key wins, and nothing wrong is left unsaid.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::mistake::{Mistake, Mistakes};
use super::origin::Origin;
use super::sources::{Sources, is_foreign};
use super::{Assignment, Given, dotenv, toml_file};
use crate::config::objections::Objections;
use crate::config::production::production;
use crate::config::profile::unmet;
use crate::config::section::{Key, Section, variable};
use crate::config::values::{DatabaseUrl, Setting};
use crate::config::{Config, Mode};

impl Config {
    /// Reads the settings: defaults, then the TOML file, then `.env`, then the environment.
    ///
    /// Fails with every mistake there is: unknown names, values that cannot be read or make no sense, and, in production,
    /// conveniences of development.
    pub fn load(sources: &Sources) -> Result<Self, Mistakes> {
        let mut loading =
            Loading { config: Self::default(), mistakes: sources.unreadable.clone(), failed: BTreeSet::new() };
        for assignment in loading.winners(sources) {
            loading.assign(sources, assignment);
        }
        loading.derive();
        loading.judge();
        if loading.mistakes.is_empty() {
            return Ok(loading.config);
        }
        Err(Mistakes(loading.mistakes))
    }
}

struct Loading {
    config: Config,
    mistakes: Vec<Mistake>,
    /// Section and key of what could not be read, and so still has its default.
    failed: BTreeSet<(String, String)>,
}

type Slot = (&'static str, &'static str);

impl Loading {
    /// For every key that any layer names: what the last layer says.
    fn winners(&mut self, sources: &Sources) -> Vec<Assignment> {
        let sections = self.config.sections();
        let (from_toml, mut mistakes) = match &sources.toml {
            Some((name, text)) => toml_file::assignments(name, text, &sections),
            None => (Vec::new(), Vec::new()),
        };
        let mut in_dotenv = Vec::new();
        for entry in sources.dotenv.iter().flat_map(|text| dotenv::entries(text)) {
            let origin = Origin::Dotenv { line: entry.line };
            match entry.pair {
                Some((name, value)) => in_dotenv.push((name, value, origin)),
                None => mistakes.push(Mistake::new("", "", origin, "The line is not NAME=value")),
            }
        }
        let in_environment = sources.environment.iter().map(|(name, value)| {
            let origin = Origin::Environment { name: name.clone() };
            (name.clone(), value.clone(), origin)
        });
        let from_dotenv = named(in_dotenv, &sections, &mut mistakes);
        let from_environment = named(in_environment.collect(), &sections, &mut mistakes);

        let mut winners: BTreeMap<Slot, Assignment> = BTreeMap::new();
        for layer in [from_toml, from_dotenv, from_environment] {
            winners.extend(once_each(layer, &mut mistakes));
        }
        self.mistakes.extend(mistakes);
        winners.into_values().collect()
    }

    fn assign(&mut self, sources: &Sources, assignment: Assignment) {
        let Assignment { section, key, origin, .. } = &assignment;
        let read = content(sources, &assignment).and_then(|given| {
            let target = self.config.section_mut(section).ok_or("is not a section")?;
            target.assign(key, &given)
        });
        match read {
            Ok(()) => self.config.origins.note(section, key, origin.clone()),
            Err(why) => {
                self.failed.insert(((*section).to_owned(), (*key).to_owned()));
                self.mistakes.push(Mistake::new(section, key, origin.clone(), why));
            }
        }
    }

    /// Defaults that follow from other settings.
    fn derive(&mut self) {
        if self.config.origins.of("", "database_url") == Origin::BuiltIn {
            self.config.database_url = DatabaseUrl::in_directory(&self.config.data_dir);
        }
    }

    /// Objections, except those that rest on a value that could not be read.
    fn judge(&mut self) {
        let mut found = Vec::new();
        for section in self.config.sections() {
            let mut objections = Objections::default();
            section.judge(&mut objections);
            for objection in objections.into_vec() {
                let key = objection.keys.first().copied().unwrap_or_default();
                let origins = objection.keys.iter().map(|key| self.config.origins.of(section.name(), key));
                let origin = origins.into_iter().find(|origin| *origin != Origin::BuiltIn).unwrap_or_default();
                let unread = |key: &&str| self.failed.contains(&(section.name().to_owned(), (*key).to_owned()));
                if !objection.keys.iter().any(unread) {
                    found.push(Mistake::new(section.name(), key, origin, objection.why));
                }
            }
        }
        if self.config.mode == Mode::Production {
            let unread = |mistake: &Mistake| self.failed.contains(&(mistake.section.clone(), mistake.key.clone()));
            found.extend(production(&self.config).into_iter().filter(|mistake| !unread(mistake)));
        }
        let unread = |mistake: &Mistake| self.failed.contains(&(mistake.section.clone(), mistake.key.clone()));
        found.extend(unmet(&self.config).into_iter().filter(|mistake| !unread(mistake)));
        self.mistakes.extend(found);
    }
}

/// Variables as assignments; those that begin like settings and are none as mistakes.
fn named(
    variables: Vec<(String, String, Origin)>,
    sections: &[&dyn Section],
    mistakes: &mut Vec<Mistake>,
) -> Vec<Assignment> {
    let mut known: BTreeMap<String, (&'static str, &'static Key, bool)> = BTreeMap::new();
    for section in sections {
        for key in section.keys() {
            let name = variable(section.name(), key.name);
            if key.from_file {
                known.insert(format!("{name}_FILE"), (section.name(), key, true));
            }
            known.insert(name, (section.name(), key, false));
        }
    }
    let mut found = Vec::new();
    for (name, value, origin) in variables {
        if !name.starts_with("SIGNET_") || is_foreign(&name) {
            continue;
        }
        match known.get(&name) {
            // An empty NAME_FILE is how a compose file says that there is none.
            Some((_, _, true)) if value.trim().is_empty() => {}
            Some(&(section, key, in_file)) => {
                found.push(Assignment { section, key: key.name, given: Given::Text(value), in_file, origin })
            }
            None => {
                let letters = |name: &str| name.replace('_', "").to_ascii_uppercase();
                let meant = known.keys().find(|known| letters(known) == letters(&name));
                let hint = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
                mistakes.push(Mistake::new("", &name, origin, format!("is not a setting{hint}")));
            }
        }
    }
    found
}

/// The assignments of one layer by key; a key that the layer names twice is a mistake.
fn once_each(layer: Vec<Assignment>, mistakes: &mut Vec<Mistake>) -> BTreeMap<Slot, Assignment> {
    let mut seen: BTreeMap<Slot, Assignment> = BTreeMap::new();
    for assignment in layer {
        let (section, key) = (assignment.section, assignment.key);
        match seen.get(&(section, key)) {
            Some(first) => {
                let why = format!("is set twice: here and in {}", first.origin);
                mistakes.push(Mistake::new(section, key, assignment.origin, why));
            }
            None => {
                seen.insert((section, key), assignment);
            }
        }
    }
    seen
}

/// The value itself, read from its file if it stands in one.
fn content(sources: &Sources, assignment: &Assignment) -> Result<Given, String> {
    if !assignment.in_file {
        return Ok(assignment.given.clone());
    }
    let path: PathBuf = assignment.given.read()?;
    let text = (sources.read_file)(&path).map_err(|why| format!("cannot be read from {}: {why}", path.shown()))?;
    // Editors and `openssl rand` end a file with a line break.
    Ok(Given::Text(text.trim_end_matches(['\r', '\n']).to_owned()))
}
