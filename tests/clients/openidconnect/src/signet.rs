//! Signet's command line, run beside the running service as its operator would.

use std::{
    env,
    error::Error,
    io::Write,
    process::{Command, Stdio},
};

use serde_json::Value;

/// Runs `signet … --json` with a line of standard input; answers what it printed.
pub fn run(arguments: &[&str], line: &str) -> Result<Value, Box<dyn Error>> {
    let mut command = Command::new(env::var("SIGNET_TEST_BIN")?);
    command.args(arguments).arg("--json").current_dir(env::var("SIGNET_TEST_HOME")?);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        writeln!(input, "{line}")?;
    }
    let done = child.wait_with_output()?;
    if !done.status.success() {
        return Err(format!("signet {arguments:?}: {}", done.status).into());
    }
    Ok(serde_json::from_slice(&done.stdout)?)
}
