//! The house rules, held against the sources as text: who may import whom, one library in one place, captions, lengths, names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// Where the code of the product lives.
const ROOTS: &[&str] = &["src", "entity/src", "migration/src", "keys/src"];
/// Longer files are two stories.
const MAX_LINES: usize = 450;
/// Names that say nothing.
const EMPTY_NAMES: &[&str] =
    &["utils", "util", "helpers", "helper", "common", "manager", "service", "handler", "impl", "data", "info"];
/// Those that say something all the same: the passwords that are common, and the settings of the service.
const NAMED_ON_PURPOSE: &[&str] = &["src/domain/credentials/common.rs", "src/config/service.rs"];

/// Functions that a foreign trait has named (redis' `ConnectionLike`, SeaORM's `ConnectionTrait`).
const NAMED_ELSEWHERE: &[&str] = &["get_db", "get_database_backend"];

/// What each ring of `src/` may import of the others (docs/architecture/README.md).
const RINGS: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("config", &["kernel"]),
    ("ports", &["kernel", "config"]),
    ("app", &["kernel", "config", "ports"]),
    ("domain", &["kernel", "config", "ports", "app"]),
    ("web", &["kernel", "config", "ports", "app", "domain"]),
    ("jobs", &["kernel", "config", "app", "domain"]),
    // `serve` starts the web face and the jobs, so the command line may know both; they may not know each other.
    ("cli", &["kernel", "config", "ports", "app", "domain", "web", "jobs"]),
];

/// The few ports that a face may use itself: those that give a face its own shape, the schema, which no operation moves, and what
/// `signet login` needs, which is a relying party and no operation.
const PORTS_OF_FACES: &[(&str, &[&str])] =
    &[("web", &["templates", "random"]), ("cli", &["db", "telemetry", "http", "random"]), ("jobs", &[])];

/// Each library and the only places that may know it: files, folders (with a slash at the end) or, after `**/`, file names.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("sea_orm", &["src/ports/db/", "src/app/transaction.rs", "**/store.rs", "entity/", "migration/"]),
    ("sea_orm_migration", &["migration/"]),
    ("entity", &["src/ports/db/", "src/app/transaction.rs", "**/store.rs"]),
    ("migration", &["src/ports/db/"]),
    ("redis", &["src/ports/ephemeral/redis.rs", "src/ports/ephemeral/redis/"]),
    ("josekit", &["keys/"]),
    ("openssl", &["keys/"]),
    ("argon2", &["src/ports/passwords.rs", "src/ports/passwords/"]),
    ("bcrypt", &["src/ports/passwords.rs", "src/ports/passwords/"]),
    ("lettre", &["src/ports/mail/smtp.rs"]),
    ("oxide_auth", &["src/domain/oauth/rfc6749/"]),
    ("zxcvbn", &["src/domain/credentials/strength.rs"]),
    ("axum", &["src/web/"]),
    ("hyper", &["src/web/", "src/ports/http.rs", "src/ports/http/"]),
    ("hyper_util", &["src/web/", "src/ports/http.rs", "src/ports/http/"]),
    ("rustls", &["src/web/server/", "src/ports/http.rs", "src/ports/http/"]),
    ("tokio_rustls", &["src/web/server.rs", "src/web/server/", "src/ports/http.rs", "src/ports/http/"]),
    ("tokio_io_timeout", &["src/web/server.rs"]),
    ("utoipa", &["src/web/"]),
    ("minijinja", &["src/ports/templates.rs"]),
    ("clap", &["src/cli/"]),
    ("boon", &["src/app/schemas.rs"]),
    ("qrcode", &["src/cli/login/"]),
    ("dotenvy", &["src/config/layers/"]),
    ("toml", &["src/config/"]),
];

/// One source file.
struct Source {
    path: String,
    text: String,
    code: String,
    /// Every path that it names: `crate::domain::clients::Client`, `axum::Router`.
    paths: BTreeSet<String>,
    /// The same without those of its tests, which may know more.
    product_paths: BTreeSet<String>,
}

static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(read_sources);

fn read_sources() -> Vec<Source> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for root in ROOTS {
        walk(&home.join(root), &mut found);
    }
    assert!(found.len() > 100, "the sources were not found");
    let source = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(home).unwrap().to_str().unwrap().to_owned();
        let code = code_of(&text);
        let paths = paths_in(&code, &path);
        let product_paths = if is_test(&path) { BTreeSet::new() } else { paths_in(without_tests(&code), &path) };
        Source { path, text, code, paths, product_paths }
    };
    found.into_iter().map(source).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Code without comments and without string and character literals, so that only what is compiled counts.
fn code_of(text: &str) -> String {
    let (bytes, mut code, mut at) = (text.as_bytes(), String::new(), 0);
    while at < bytes.len() {
        let rest = &text[at..];
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = raw_string(rest) {
            raw
        } else if rest.starts_with('"') {
            string(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'{'") || rest.starts_with("'}'") {
            3
        } else {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            code.push_str(&rest[..length]);
            at += length;
            continue;
        };
        at += skipped.max(1);
    }
    code
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw_string(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('r')?;
    let hashes = body.bytes().take_while(|b| *b == b'#').count();
    body[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let begin = 2 + hashes;
    Some(rest[begin..].find(&end).map_or(rest.len(), |at| begin + at + end.len()))
}

/// Every path in the code: those of `use` trees, written out, and those that stand in the code itself (`crate::web::…`).
fn paths_in(code: &str, file: &str) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    let (mut rest, mut elsewhere) = (code, String::new());
    while let Some(at) = rest.find("use ") {
        let starts_word = rest[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let tree = &rest[at + 4..];
        match tree.find(';').filter(|_| starts_word) {
            Some(end) => {
                let flat: String = tree[..end].split_whitespace().collect::<Vec<_>>().join(" ");
                expand("", &flat, &mut paths);
                elsewhere.push_str(&rest[..at]);
                rest = &tree[end..];
            }
            None => {
                elsewhere.push_str(&rest[..at + 4]);
                rest = tree;
            }
        }
    }
    elsewhere.push_str(rest);
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    for named in elsewhere.split(|c| !word(c)).filter(|named| named.contains("::")) {
        paths.insert(named.trim_matches(':').to_owned());
    }
    paths.into_iter().map(|path| absolute(&path, file)).collect()
}

/// `a::{b, c::{d, e}}` is `a::b`, `a::c::d` and `a::c::e`.
fn expand(before: &str, tree: &str, paths: &mut BTreeSet<String>) {
    let (mut depth, mut begin) = (0, 0);
    let mut parts = Vec::new();
    for (at, c) in tree.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&tree[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tree[begin..]);
    for part in parts.into_iter().map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('{') {
            Some((head, inner)) => {
                let inner = inner.strip_suffix('}').unwrap_or(inner);
                expand(&format!("{before}{}", head.trim()), inner, paths);
            }
            None => drop(paths.insert(format!("{before}{}", part.split(" as ").next().unwrap_or(part).trim()))),
        }
    }
}

/// `super::x` as seen from the crate's root.
fn absolute(path: &str, file: &str) -> String {
    let ups = path.split("::").take_while(|part| *part == "super").count();
    if ups == 0 || !file.starts_with("src/") {
        return path.to_owned();
    }
    let module = file.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    let mut parts: Vec<&str> = module.split('/').filter(|part| *part != "lib" && *part != "main").collect();
    parts.truncate(parts.len().saturating_sub(ups));
    let below = path.split("::").skip(ups);
    std::iter::once("crate").chain(parts).chain(below).collect::<Vec<_>>().join("::")
}

/// The ring of a file: the first folder under `src/`.
fn ring(path: &str) -> Option<&str> {
    path.strip_prefix("src/")?.split_once('/').map(|(ring, _)| ring)
}

/// Whether a file is one of `places`.
fn is_in(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| match place.strip_prefix("**/") {
        Some(name) => path.rsplit('/').next() == Some(name),
        None if place.ends_with('/') => path.starts_with(place),
        None => path == *place,
    })
}

fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/testing")
}

/// Fails with one line per finding.
fn none(findings: Vec<String>) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn imports_point_inward() {
    let mut findings = Vec::new();
    for source in SOURCES.iter() {
        let Some(ring) = ring(&source.path) else { continue };
        let (_, allowed) = RINGS.iter().find(|(name, _)| *name == ring).expect("every folder of src/ is a ring");
        for path in &source.paths {
            let Some(to) = path.strip_prefix("crate::").and_then(|rest| rest.split("::").next()) else { continue };
            if RINGS.iter().any(|(name, _)| *name == to) && to != ring && !allowed.contains(&to) {
                findings.push(format!("{}: {ring} may not import {to} ({path})", source.path));
            }
        }
    }
    none(findings);
}

#[test]
fn faces_reach_the_outside_world_through_operations() {
    let mut findings = Vec::new();
    for source in SOURCES.iter() {
        let face = PORTS_OF_FACES.iter().find(|(face, _)| ring(&source.path) == Some(face));
        let Some((face, allowed)) = face else { continue };
        for path in &source.product_paths {
            let Some(port) = path.strip_prefix("crate::ports::").and_then(|rest| rest.split("::").next()) else {
                continue;
            };
            if !allowed.contains(&port) {
                findings.push(format!("{}: {face} may not use the port {port} itself ({path})", source.path));
            }
        }
    }
    none(findings);
}

#[test]
fn a_feature_uses_only_those_named_before_it() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = fs::read_to_string(home.join("src/domain/mod.rs")).unwrap();
    let order: Vec<&str> = list.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(order.len() > 5, "the list of features was not found");
    let mut findings = Vec::new();
    for source in SOURCES.iter().filter(|source| !is_test(&source.path)) {
        let Some(inside) = source.path.strip_prefix("src/domain/") else { continue };
        let feature = inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs");
        let Some(own) = order.iter().position(|name| *name == feature) else { continue };
        for path in &source.product_paths {
            let Some(to) = path.strip_prefix("crate::domain::").and_then(|rest| rest.split("::").next()) else {
                continue;
            };
            if order.iter().position(|name| *name == to).is_some_and(|other| other > own) {
                findings.push(format!("{}: {feature} comes before {to} in src/domain/mod.rs ({path})", source.path));
            }
        }
    }
    none(findings);
}

/// The code above the tests, which may know more.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod ").map_or(text, |at| &text[..at])
}

#[test]
fn one_library_lives_in_one_place() {
    let mut findings = Vec::new();
    for source in SOURCES.iter().filter(|source| !is_test(&source.path)) {
        for path in &source.product_paths {
            let first = path.split("::").next().unwrap_or_default();
            if let Some((library, places)) = LIBRARIES.iter().find(|(library, _)| *library == first)
                && !is_in(&source.path, places)
            {
                findings.push(format!("{}: {library} lives in {} only ({path})", source.path, places.join(", ")));
            }
        }
    }
    none(findings);
}

#[test]
fn every_file_has_its_caption() {
    let captioned = |source: &Source| source.text.lines().next().is_some_and(|line| line.starts_with("//! "));
    let finding = |source: &Source| format!("{}: the first line is not a caption (//! …)", source.path);
    none(SOURCES.iter().filter(|source| !captioned(source)).map(finding).collect());
}

#[test]
fn no_file_is_two_stories() {
    let lines = |source: &Source| source.text.lines().count();
    let long = |source: &&Source| lines(source) > MAX_LINES;
    none(SOURCES.iter().filter(long).map(|source| format!("{}: {} lines", source.path, lines(source))).collect());
}

#[test]
fn names_say_something() {
    let mut findings = Vec::new();
    for source in SOURCES.iter().filter(|source| !NAMED_ON_PURPOSE.contains(&source.path.as_str())) {
        for part in source.path.trim_end_matches(".rs").split('/') {
            if EMPTY_NAMES.contains(&part) {
                findings.push(format!("{}: `{part}` says nothing", source.path));
            }
        }
        for line in source.code.lines() {
            let Some((_, after)) = line.split_once("fn ") else { continue };
            let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            let empty = ["get_", "do_", "process_"].iter().any(|prefix| name.starts_with(prefix));
            if empty && !NAMED_ELSEWHERE.contains(&name) {
                findings.push(format!("{}: `{}` says nothing", source.path, line.trim()));
            }
        }
    }
    none(findings);
}

/// The rules are only as good as the reader of the sources.
mod reader {
    use super::*;

    fn paths(text: &str, file: &str) -> Vec<String> {
        paths_in(&code_of(text), file).into_iter().collect()
    }

    #[test]
    fn use_trees_are_written_out() {
        let text = "use crate::{app::{Cx, Guard as G}, kernel::Code};\npub use axum::Router;\nlet x = reuse (1);";
        assert_eq!(
            paths(text, "src/a/b.rs"),
            ["axum::Router", "crate::app::Cx", "crate::app::Guard", "crate::kernel::Code"]
        );
    }

    #[test]
    fn relative_and_inline_paths_count() {
        let text = "use super::super::jobs::JOBS;\nfn f() { crate::cli::run(); sea_orm::x::<u8>() }";
        let expected = ["crate::cli::run", "crate::jobs::JOBS", "sea_orm::x"];
        assert_eq!(paths(text, "src/web/api/mod.rs"), expected);
        assert_eq!(absolute("super::Db", "src/ports/db/schema.rs"), "crate::ports::db::Db");
    }

    #[test]
    fn comments_and_texts_do_not_count() {
        let text =
            "// use axum::A;\n/* use axum::B; */ let s = \"use axum::C; \\\" axum::D\"; let r = r#\"axum::E \" \"#;";
        assert_eq!(paths(text, "src/x.rs"), Vec::<String>::new());
    }

    #[test]
    fn places_are_files_folders_or_names() {
        assert!(is_in("src/domain/users/store.rs", &["**/store.rs"]));
        assert!(is_in("src/web/router.rs", &["src/web/"]) && !is_in("src/webby/router.rs", &["src/web/"]));
        assert!(!is_in("src/domain/restore.rs", &["**/store.rs"]));
    }
}
