//! Logs of every role: structured lines on standard error.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{Log, LogFormat};

/// Whether `level` is one [`init`] understands.
pub(crate) fn is_valid_level(level: &str) -> bool {
    EnvFilter::try_new(level).is_ok()
        && !level.trim().is_empty()
        && level.split(',').all(is_known_directive)
}

/// `EnvFilter` takes any lone word for a target; here a lone word is a level.
fn is_known_directive(directive: &str) -> bool {
    let level = directive.rsplit('=').next().unwrap_or_default().trim();
    level.parse::<tracing::Level>().is_ok() || level == "off"
}

/// Starts logging for this process. A second call changes nothing and says so with `false`.
///
/// An unusable level (the configuration refuses one) becomes `info`.
pub fn init(log: &Log) -> bool {
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let writer = std::io::stderr;
    match log.format {
        LogFormat::Text => {
            let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
            registry
                .with(
                    fmt::layer()
                        .with_writer(writer)
                        .with_ansi(ansi)
                        .with_target(false),
                )
                .try_init()
                .is_ok()
        }
        LogFormat::Json => registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_current_span(true)
                    .with_span_list(false)
                    .with_writer(writer),
            )
            .try_init()
            .is_ok(),
    }
}
