//! One running `signet serve`, in a directory of its own.

use std::{
    fs::{self, File},
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use super::{Ask, until};

/// How long a node may take from its start to its first answer.
const START: Duration = Duration::from_secs(30);

/// The settings that nodes of one deployment share.
#[derive(Clone)]
struct Settings {
    home: Arc<TempDir>,
    variables: Vec<(String, String)>,
}

/// A node, ended with the test.
pub struct Node {
    settings: Settings,
    pub port: u16,
    child: Option<Child>,
}

impl Node {
    /// Starts one on SQLite and its own memory, unless the variables say otherwise.
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        let home = TempDir::new().unwrap();
        let port = free_port();
        let mut all = vec![
            ("SIGNET_ISSUER".to_owned(), format!("http://localhost:{port}")),
            ("SIGNET_DATA_DIR".to_owned(), home.path().join("data").display().to_string()),
            ("SIGNET_LOG_FORMAT".to_owned(), "json".to_owned()),
            // As cheap as allowed: the faults are not about hashing.
            ("SIGNET_PASSWORDS__MEMORY_KIB".to_owned(), "7168".to_owned()),
            ("SIGNET_PASSWORDS__ITERATIONS".to_owned(), "1".to_owned()),
            ("SIGNET_PASSWORDS__QUEUE".to_owned(), "200".to_owned()),
            ("SIGNET_PASSWORDS__WAIT".to_owned(), "20s".to_owned()),
        ];
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let settings = Settings { home: Arc::new(home), variables: all };
        settings.run(&["migrate", "up"], "");
        let mut node = Self { settings, port, child: None };
        node.begin().await;
        node
    }

    /// Another node of the same deployment.
    pub async fn another(&self) -> Self {
        let mut node = Self { settings: self.settings.clone(), port: free_port(), child: None };
        node.begin().await;
        node
    }

    /// Starts it (again), and waits until it is ready.
    pub async fn begin(&mut self) {
        let log = File::options().create(true).append(true).open(self.log_file()).unwrap();
        let mut command = self.settings.command();
        command.arg("serve").env("SIGNET_LISTEN", format!("127.0.0.1:{}", self.port));
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(command.spawn().unwrap());
        let port = self.port;
        until("the node is ready", START, async || {
            Ask::get("/health/ready").at(port).await.is_ok_and(|answer| answer.status == 200)
        })
        .await;
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Whether it has ended, and as it should.
    pub fn has_ended_well(&mut self) -> bool {
        match self.child.as_mut().unwrap().try_wait().unwrap() {
            None => false,
            Some(status) => {
                assert!(status.success(), "it ended with {status}: {}", self.log());
                true
            }
        }
    }

    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// What it holds of the memory, in KiB.
    pub fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// A command of the same deployment; its answer in JSON.
    pub fn command(&self, arguments: &[&str], input: &str) -> Value {
        let output = self.settings.run(&[arguments, &["--json"]].concat(), input);
        serde_json::from_str(&output).unwrap()
    }

    /// A command of the same deployment that is still to be started.
    #[allow(dead_code)] // for tests/http/signet_login.rs
    pub fn later(&self, arguments: &[&str]) -> Command {
        let mut command = self.settings.command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn log_file(&self) -> std::path::PathBuf {
        self.settings.home.path().join(format!("{}.log", self.port))
    }

    /// Everything it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().filter(|line| !line.contains("\"request\"")).collect();
            eprintln!("the last lines of node {}:\n{}", self.port, lines[lines.len().saturating_sub(30)..].join("\n"));
        }
    }
}

impl Settings {
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signet"));
        // Nothing of the caller's own Signet leaks in: neither variables nor, in this directory, files.
        command.env_clear().current_dir(self.home.path()).envs(self.variables.iter().cloned());
        command
    }

    fn run(&self, arguments: &[&str], input: &str) -> String {
        use std::io::Write;
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
