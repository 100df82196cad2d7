//! What happens inside, for whoever asks with `RUST_LOG`.

use std::io::{self, IsTerminal as _};

use anyhow::Context as _;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The variable that says what is logged, as `tracing` reads it: `debug`, `matinee=debug,warn`.
const LOG_VARIABLE: &str = "RUST_LOG";

/// Logs warnings, or what [`LOG_VARIABLE`] asks for, to stderr.
///
/// # Errors
/// When the variable cannot be understood.
pub(crate) fn start() -> anyhow::Result<()> {
    let wanted = match std::env::var(LOG_VARIABLE) {
        Ok(wanted) if !wanted.trim().is_empty() => wanted,
        Err(std::env::VarError::NotUnicode(_)) => anyhow::bail!("{LOG_VARIABLE} is not UTF-8"),
        _ => "warn".to_owned(),
    };
    // Without the regular expressions of other filters, which take long to compile.
    let filter: Targets = wanted.parse().with_context(|| {
        format!(
            "{LOG_VARIABLE} is {wanted:?}, expected a level or target=level pairs such as \"debug\""
        )
    })?;
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .init();
    Ok(())
}
