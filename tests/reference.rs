//! The generated pages of docs/reference/ are what the code says: made again in memory and compared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::disallowed_methods)] // the switch that rewrites the pages is a variable of the environment

use std::{collections::BTreeMap, fmt::Write, fs, path::PathBuf, process::Command};

use axum::http::Method;
use signet::{
    config::Config,
    domain::oauth::{flow::STEPS, request::CHECKS, scopes::SCOPES},
    kernel::{Code, Fact},
    web::{
        Caching, Cors, Endpoint, Surface, every_endpoint,
        reply::{oauth, page, problem},
    },
};

const REWRITE: &str = "SIGNET_TEST_WRITE_REFERENCE";
const GENERATED: &str = "<!-- Generated: `SIGNET_TEST_WRITE_REFERENCE=1 cargo test --test reference` writes this page. Change the code, not this file. -->\n\n";

fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Compares a page with its file, or writes it.
fn hold(name: &str, page: &str) {
    let path = format!("docs/reference/{name}");
    if std::env::var(REWRITE).is_ok_and(|value| value == "1") {
        fs::write(file(&path), page).unwrap();
        return;
    }
    let written = fs::read_to_string(file(&path)).unwrap_or_default();
    let first = written.lines().zip(page.lines()).position(|(written, made)| written != made);
    let line = first.unwrap_or_else(|| written.lines().count().min(page.lines().count())) + 1;
    assert!(
        written == page,
        "{path} is not what the code says any more (from line {line}). Run: {REWRITE}=1 cargo test --test reference"
    );
}

/// Doc comment and name of every `/// …` `Variant = "name";` in a source.
fn documented(source: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(file(source)).unwrap();
    let (mut about, mut found) = (String::new(), BTreeMap::new());
    for line in text.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("/// ") {
            write!(about, "{}{words}", if about.is_empty() { "" } else { " " }).unwrap();
            continue;
        }
        if let Some((_, name)) = line.strip_suffix("\";").and_then(|line| line.split_once(" = \"")) {
            found.insert(name.to_owned(), about.clone());
        }
        about.clear();
    }
    found
}

/// A cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn configuration() {
    hold("configuration.md", &Config::reference());
}

#[test]
fn activity() {
    let about = documented("src/kernel/event.rs");
    let mut page = format!(
        "{GENERATED}# Activity\n\nEvery fact is one row of `user_activity`, written in the transaction that made it true. \
         Names are part of the product's interface: they do not change. What a row holds besides: \
         [concepts/activity.md](../concepts/activity.md).\n\n| name | what happened |\n|---|---|\n"
    );
    for fact in Fact::ALL {
        let words = about.get(fact.name()).unwrap_or_else(|| panic!("{} has no words", fact.name()));
        writeln!(page, "| `{}` | {} |", fact.name(), cell(words)).unwrap();
    }
    hold("activity.md", &page);
}

#[test]
fn errors() {
    let about = documented("src/kernel/refusal.rs");
    let mut page = format!(
        "{GENERATED}# Errors\n\nOne list of refusals for all surfaces; each surface says them in its own shape.\n\n\
         - **OAuth** (`/oauth2/*`, `/.well-known/*`): `{{\"error\", \"error_description\"}}` (RFC 6749 §5.2, RFC 6750 §3). Where the \
         authorization endpoint may tell the client, `error` is the name in the first column.\n\
         - **API** (`/api/*`, `/health*`, `/test-info`): `application/problem+json` (RFC 9457); `type` is `urn:signet:problem:` and the \
         name; `errors` lists the fields, each with `field`, `code`, `message`; `instance` is the request's id.\n\
         - **Pages**: the status, and words for people; technical parts only where an application made the mistake.\n\n\
         429 and 503 carry `Retry-After` where a time is known. Every answer carries `X-Request-Id`. What is our fault is \
         `server_error`, 500, or 503 with `Retry-After` when a dependency is away; the log has the rest under the same request id.\n\n\
         | name | meaning | OAuth | API | page |\n|---|---|---|---|---|\n"
    );
    for code in Code::ALL {
        let words = about.get(code.name()).unwrap_or_else(|| panic!("{} has no words", code.name()));
        let (wire, status) = oauth::shape(*code);
        let wire =
            if wire == code.name() { status.as_u16().to_string() } else { format!("{} `{wire}`", status.as_u16()) };
        let (api, _) = problem::shape(*code);
        let shown = page::words(*code).status;
        let row = [cell(words), wire, api.as_u16().to_string(), shown.as_u16().to_string()].join(" | ");
        writeln!(page, "| `{}` | {row} |", code.name()).unwrap();
    }
    hold("errors.md", &page);
}

#[test]
fn endpoints() {
    let mut page = format!(
        "{GENERATED}# Endpoints\n\nEverything that is served. What is mounted, advertised, tested and listed here comes from the same \
         lists. GET includes HEAD. Paths stand below the issuer.\n"
    );
    for (surface, title, about) in [
        (Surface::OAuth, "Protocol", "For OAuth clients and services. Refusals are RFC 6749 JSON."),
        (Surface::Page, "Pages", "For people; every one works without scripts. See [pages.md](pages.md)."),
        (
            Surface::Api,
            "JSON API",
            "For first-party front ends; described by `/api/v1/openapi.json`. Refusals are RFC 9457 problem documents.",
        ),
        (Surface::System, "System", "For operators and machines."),
    ] {
        writeln!(page, "\n## {title}\n\n{about}\n").unwrap();
        page.push_str("| path | methods | in discovery as | read by other origins | kept |\n|---|---|---|---|---|\n");
        for endpoint in every_endpoint().filter(|endpoint| endpoint.surface == surface) {
            page.push_str(&endpoint_row(endpoint));
        }
    }
    page.push_str(&authorization_request());
    hold("endpoints.md", &page);
}

fn endpoint_row(endpoint: &Endpoint) -> String {
    let methods: Vec<_> = endpoint.methods.iter().map(Method::as_str).collect();
    let advertised = endpoint.advertised_as.map_or("–".into(), |name| format!("`{name}`"));
    let read = match endpoint.cors {
        Cors::None => "no",
        Cors::Any => "any",
        Cors::Registered => "the client's own",
    };
    let kept = match endpoint.caching {
        Caching::NoStore => "no".into(),
        Caching::Public(seconds) => format!("{seconds} s"),
        Caching::Immutable => "a year (the name changes with the content)".into(),
    };
    format!("| `{}` | {} | {advertised} | {read} | {kept} |\n", endpoint.path, methods.join(", "))
}

fn authorization_request() -> String {
    let mut page = String::from(
        "\n## What happens to an authorization request\n\nClient and redirect URI are judged first: if one of them is wrong, a page says \
         so and nothing is redirected. Then these checks, in order; the first refusal is the answer to the client:\n\n",
    );
    for (number, check) in CHECKS.iter().enumerate() {
        writeln!(page, "{}. {}", number + 1, check.name).unwrap();
    }
    page.push_str("\nThen these steps; the first that is needed shows its page, or with `prompt=none` answers with its error:\n\n");
    page.push_str("| step | page | with `prompt=none` |\n|---|---|---|\n");
    for step in STEPS {
        writeln!(page, "| {} | `{}` | `{}` |", step.name, step.path, step.silent.name()).unwrap();
    }
    page.push_str("\n## Scopes\n\n| scope | as people read it | claims |\n|---|---|---|\n");
    for scope in SCOPES {
        let claims = if scope.claims.is_empty() { "–".to_owned() } else { format!("`{}`", scope.claims.join("` `")) };
        writeln!(page, "| `{}` | {} | {claims} |", scope.name, scope.words).unwrap();
    }
    page
}

#[test]
fn command_line() {
    let mut page = format!(
        "{GENERATED}# Command line\n\nEvery command does what the pages and the API do, by the same operations, and may be used while the \
         service runs. `--json` answers for programs on one line; with it, troubles are JSON on the standard error output.\n"
    );
    write_help(&mut page, &[]);
    hold("cli.md", &page);
}

/// The help of a command, and of those below it.
fn write_help(page: &mut String, command: &[&str]) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_signet")).args(command).arg("--help").env_remove("COLUMNS").output().unwrap();
    assert!(output.status.success(), "signet {} --help: {output:?}", command.join(" "));
    let help = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    let title = ["signet"].iter().chain(command).copied().collect::<Vec<_>>().join(" ");
    writeln!(page, "\n## `{title}`\n\n```text\n{}\n```", lines.join("\n")).unwrap();
    let below = lines.iter().skip_while(|line| **line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    for name in below.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next()) {
        if name != "help" && !name.starts_with('-') {
            write_help(page, &[command, &[name]].concat());
        }
    }
}

/// `docs/reference/pages.md` is written by hand; what it promises is held against the templates.
#[test]
fn pages_have_the_ids_that_tools_rely_on() {
    let page = fs::read_to_string(file("docs/reference/pages.md")).unwrap();
    let mut templates = String::new();
    for folder in ["templates", "templates/parts"] {
        for entry in fs::read_dir(file(folder)).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
            templates.push_str(&fs::read_to_string(entry.path()).unwrap());
        }
    }
    let ids: Vec<&str> = page.split("`#").skip(1).filter_map(|rest| rest.split('`').next()).collect();
    assert!(ids.len() >= 6, "the ids were not found in pages.md");
    let missing: Vec<_> = ids.iter().filter(|id| !templates.contains(&format!("\"{id}\""))).collect();
    assert!(missing.is_empty(), "docs/reference/pages.md promises ids that no template has: {missing:?}");
    let served: Vec<_> = every_endpoint().map(|endpoint| endpoint.path).collect();
    let paths = page.lines().filter_map(|line| line.strip_prefix("| `/")?.split('`').next());
    let gone: Vec<_> = paths.map(|path| format!("/{path}")).filter(|path| !served.contains(&path.as_str())).collect();
    assert!(gone.is_empty(), "docs/reference/pages.md names paths that are not served: {gone:?}");
}

/// Every page of docs/ and every page at the top.
fn written_pages() -> Vec<(PathBuf, String)> {
    fn walk(folder: PathBuf, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                walk(entry, found);
            } else if entry.extension().is_some_and(|extension| extension == "md") {
                found.push(entry);
            }
        }
    }
    let mut found = vec![file("README.md"), file("CHANGELOG.md"), file("CONTRIBUTING.md")];
    walk(file("docs"), &mut found);
    found.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut dead = Vec::new();
    for (path, text) in written_pages() {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (target, _) = target.split_once('#').unwrap_or((target, ""));
            let elsewhere = target.is_empty() || target.contains("://") || target.contains(' ');
            if !elsewhere && !path.parent().unwrap().join(target).exists() {
                dead.push(format!("{}: {target} is not there", path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "\n{}\n", dead.join("\n"));
}

#[test]
fn tests_that_the_documentation_names_exist() {
    let mut gone = Vec::new();
    let mut named = 0;
    for (path, text) in written_pages() {
        for (source, test) in text.split('`').filter_map(|word| word.split_once(".rs::")) {
            named += 1;
            let code = fs::read_to_string(file(&format!("{source}.rs"))).unwrap_or_default();
            if !code.contains(&format!("fn {test}(")) {
                gone.push(format!("{}: {source}.rs has no {test}", path.display()));
            }
        }
    }
    assert!(named > 50, "the checklist names its tests");
    assert!(gone.is_empty(), "\n{}\n", gone.join("\n"));
}

/// What a guide shows after the name of a file (`<!-- tests/… -->`) is that file, and a test runs it.
#[test]
fn guides_show_the_files_that_are_run() {
    let mut shown = 0;
    for (path, text) in written_pages().into_iter().filter(|(path, _)| path.starts_with(file("docs/guides"))) {
        let mut page = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("<!-- tests/") {
            let (name, after) = after.split_once(" -->\n```").unwrap();
            let (language, after) = after.split_once('\n').unwrap();
            let (_, after) = after.split_once("\n```\n").unwrap();
            let written = fs::read_to_string(file(&format!("tests/{name}"))).unwrap();
            write!(page, "{before}<!-- tests/{name} -->\n```{language}\n{}\n```\n", written.trim_end()).unwrap();
            (rest, shown) = (after, shown + 1);
        }
        page.push_str(rest);
        hold(&format!("../guides/{}", path.file_name().unwrap().to_str().unwrap()), &page);
    }
    assert!(shown >= 8, "the files were not found in the guides");
}
