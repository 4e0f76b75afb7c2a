//! A PostgreSQL of one test: a cluster on a free port, restarted at will.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::node::free_port;

/// The programs, where the caller names none: Debian's.
const DEBIAN: &str = "/usr/lib/postgresql/15/bin";

/// A cluster. It syncs nothing to disk: it is stopped, never cut off.
pub struct Postgres {
    home: TempDir,
    port: u16,
}

impl Postgres {
    /// Makes a cluster and starts it.
    pub fn start() -> Self {
        let postgres = Self { home: TempDir::new().unwrap(), port: free_port() };
        let data = postgres.data();
        fs::create_dir(&data).unwrap();
        if let Some(user) = user() {
            // It refuses to run as root.
            run(Command::new("chmod").arg("711").arg(postgres.home.path()));
            run(Command::new("chown").args(["-R", &user]).arg(&data));
        }
        let initdb = ["--username=signet", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
        run(postgres.program("initdb").arg("--pgdata").arg(&data).args(initdb));
        postgres.control("start");
        postgres
    }

    pub fn url(&self) -> String {
        format!("postgres://signet@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops it as an operator does in a hurry: connections are cut.
    pub fn stop(&self) {
        self.control("stop");
    }

    pub fn resume(&self) {
        self.control("start");
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn control(&self, action: &str) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=100 -c fsync=off \
             -c full_page_writes=off",
            self.port
        );
        let mut command = self.program("pg_ctl");
        command.args([action, "--wait", "--silent", "--pgdata"]).arg(self.data());
        match action {
            "start" => command.arg("--log").arg(self.data().join("log")).args(["--options", &options]),
            _ => command.args(["--mode", "fast"]),
        };
        run(&mut command);
    }

    /// A program of PostgreSQL, as a user that it accepts.
    fn program(&self, name: &str) -> Command {
        let directory = setting("SIGNET_TEST_POSTGRES_BIN").unwrap_or_else(|| DEBIAN.into());
        let program = PathBuf::from(directory).join(name);
        assert!(program.exists(), "{} is missing: run scripts/manage.sh test faults", program.display());
        let mut command = match user() {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", &user, "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.current_dir("/");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut command = self.program("pg_ctl");
        command.args(["stop", "--wait", "--silent", "--mode", "immediate", "--pgdata"]).arg(self.data());
        let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status(); // it may be stopped already
    }
}

/// The user that PostgreSQL runs as, where it cannot be the caller.
fn user() -> Option<String> {
    setting("SIGNET_TEST_POSTGRES_USER")
}

fn run(command: &mut Command) {
    // pg_ctl's child keeps its output open: nothing is captured.
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}

#[allow(clippy::disallowed_methods)] // the tests have no other settings
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
