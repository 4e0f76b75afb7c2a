//! The command line, run beside the service on the same database.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::Value;

use super::{ISSUER, MASTER, PROXY, World, setting};

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl World {
    /// Runs `signet --json …` in a process of its own.
    pub async fn signet(&self, arguments: &[&str], input: &str) -> Ended {
        self.signet_under(&[], arguments, input).await
    }

    /// The same with some settings of its own.
    pub async fn signet_under(&self, settings: &[(&str, &str)], arguments: &[&str], input: &str) -> Ended {
        let config = &self.app.config;
        let mut command = Command::new(env!("CARGO_BIN_EXE_signet"));
        command.arg("--json").args(arguments).env_clear().current_dir(std::env::temp_dir());
        command.env("SIGNET_ISSUER", ISSUER).env("SIGNET_MASTER_KEY", MASTER.as_str());
        command.env("SIGNET_DATABASE_URL", config.database_url.expose());
        command.envs(settings.iter().copied());
        if let Some(redis) = setting("SIGNET_TEST_REDIS_URL") {
            command.env("SIGNET_REDIS_URL", redis).env("SIGNET_REDIS__PREFIX", &config.redis.prefix);
        }
        if let Some(header) = &config.mtls.proxy_header {
            command.env("SIGNET_MTLS__PROXY_HEADER", header).env("SIGNET_SERVER__TRUSTED_PROXIES", PROXY);
        }
        if let Some(anchors) = &config.mtls.trust_anchors {
            command.env("SIGNET_MTLS__TRUST_ANCHORS", anchors.pem());
        }
        let input = input.to_owned();
        tokio::task::spawn_blocking(move || run(command, &input)).await.unwrap()
    }
}

fn run(mut command: Command, input: &str) -> Ended {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

impl Ended {
    /// What it answered, where it was done.
    #[track_caller]
    pub fn done(self) -> Value {
        assert_eq!(self.status, 0, "{}", self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// Asserts that it was refused (exit status 1), with nothing on the standard output.
    #[track_caller]
    pub fn refused(self) -> String {
        assert_eq!((self.status, self.out.as_str()), (1, ""), "{}", self.err);
        self.err
    }
}
