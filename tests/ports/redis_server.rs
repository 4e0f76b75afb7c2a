//! Redis servers that a test starts, stops and kills by itself.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A `redis-server` on a free port, with a directory of its own; it ends with the test.
pub struct RedisServer {
    child: Child,
    pub port: u16,
    directory: PathBuf,
    arguments: Vec<String>,
}

/// Whether this machine has the program; says so when it has not.
pub fn is_installed() -> bool {
    let found = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !found {
        eprintln!("skipped: redis-server is not installed");
    }
    found
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl RedisServer {
    /// Starts one and waits until it answers.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_on(free_port(), None, arguments)
    }

    /// Starts one on a given port, with a configuration file that it may write to.
    pub fn start_on(port: u16, configuration: Option<&str>, arguments: &[&str]) -> Self {
        let directory = std::env::temp_dir().join(format!("signet-redis-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let mut all = Vec::new();
        if let Some(configuration) = configuration {
            let file = directory.join("redis.conf");
            std::fs::write(&file, configuration).unwrap();
            all.push(file.to_string_lossy().into_owned());
        }
        all.extend(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""].map(String::from));
        all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        let child = spawn(&directory, &all);
        let server = Self { child, port, directory, arguments: all };
        server.wait_until("PING", "PONG");
        server
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again where it was, without its data.
    pub fn restart(&mut self) {
        self.child = spawn(&self.directory, &self.arguments);
        self.wait_until("PING", "PONG");
    }

    /// `STOP`: it falls silent without closing anything. `CONT`: it goes on.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Asks a command on a connection of its own; the raw answer.
    pub fn ask(&self, command: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.write_all(format!("{command}\r\n").as_bytes())?;
        stream.shutdown(Shutdown::Write)?; // it answers, and then closes
        let mut answer = String::new();
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Waits until a command's answer contains something.
    pub fn wait_until(&self, command: &str, expected: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        let mut last = String::new();
        while Instant::now() < deadline {
            last = self.ask(command).unwrap_or_else(|error| error.to_string());
            if last.contains(expected) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{command} never answered {expected}: {last}");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn spawn(directory: &PathBuf, arguments: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    command.current_dir(directory).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}
