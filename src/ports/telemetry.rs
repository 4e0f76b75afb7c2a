//! The log: where lines go, in which shape, and what a panic leaves behind.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    panic::PanicHookInfo,
};

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{config::LogFormat, kernel::Fault};

/// Where log lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// The service: its log is its output.
    Stdout,
    /// Commands: their output is their answer.
    Stderr,
}

/// Begins to log, once in a process: what `filter` lets through (a level or `tracing` directives), as JSON lines or for people.
/// Panics are logged from here on.
///
/// # Errors
/// A fault if the filter cannot be read or something logs already.
pub fn start(filter: &str, format: LogFormat, output: Output) -> Result<(), Fault> {
    let filter = read(filter).map_err(|why| Fault::broken(format!("the setting log {why}")))?;
    let registry = tracing_subscriber::registry().with(filter);
    let started = match (format, output) {
        (LogFormat::Json, Output::Stdout) => registry.with(json(std::io::stdout)).try_init(),
        (LogFormat::Json, Output::Stderr) => registry.with(json(std::io::stderr)).try_init(),
        (LogFormat::Pretty, Output::Stdout) => registry.with(pretty(std::io::stdout)).try_init(),
        (LogFormat::Pretty, Output::Stderr) => registry.with(pretty(std::io::stderr)).try_init(),
    };
    started.map_err(|error| Fault::broken_by("the log cannot be started", error))?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Why a filter cannot be used, as a clause; for whoever checks the settings.
pub fn objection(filter: &str) -> Option<String> {
    read(filter).err()
}

fn read(filter: &str) -> Result<EnvFilter, String> {
    EnvFilter::try_new(filter).map_err(|error| format!("is not a level or a list of directives: {error}"))
}

/// One flat object a line: collectors index fields by their own names.
fn json<S, W>(writer: W) -> impl tracing_subscriber::Layer<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    W: for<'w> fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false).with_writer(writer)
}

fn pretty<S, W>(writer: W) -> impl tracing_subscriber::Layer<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
    W: for<'w> fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    use std::io::IsTerminal;
    fmt::layer().with_target(false).with_ansi(std::io::stdout().is_terminal()).with_writer(writer)
}

/// A panic is a defect: its place and words are logged like any other line, and only one request dies of it.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let words = panic.payload_as_str().unwrap_or("no words");
    let trace = Backtrace::capture(); // only where RUST_BACKTRACE asks for it
    if trace.status() == BacktraceStatus::Captured {
        tracing::error!(place, %trace, "panic: {words}");
    } else {
        tracing::error!(place, "panic: {words}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_levels_or_directives() {
        for good in ["info", "warn", "info,sea_orm=debug", "off", "signet::web=trace,warn"] {
            assert_eq!(objection(good), None, "{good}");
        }
        assert!(objection("info,signet=loud").is_some());
    }
}
