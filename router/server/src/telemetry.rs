//! Logs of every role: structured lines on standard error.

use tracing_subscriber::{
    EnvFilter, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

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

/// What `level` lets through. Levels and targets alone need no `EnvFilter`, which looks up every span each time that
/// it is entered and left.
fn filters(level: &str) -> (Option<Targets>, Option<EnvFilter>) {
    // `Targets` would take the name of a span for that of a target.
    let is_plain = !level.contains('[');
    match level.parse() {
        Ok(targets) if is_plain => (Some(targets), None),
        _ => {
            let rich = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
            (None, Some(rich))
        }
    }
}

/// Starts logging for this process. A second call changes nothing and says so with `false`.
///
/// An unusable level (the configuration refuses one) becomes `info`.
pub fn init(log: &Log) -> bool {
    let (targets, rich) = filters(&log.level);
    let registry = tracing_subscriber::registry().with(targets).with(rich);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_directives_about_spans_need_the_rich_filter() {
        let cases = [
            ("info", true),
            ("warn,hyper=debug", true),
            ("off", true),
            ("[request]=debug", false),
            (
                "info,router_server[request{http.request.id=1}]=trace",
                false,
            ),
        ];
        for (level, is_plain) in cases {
            assert!(is_valid_level(level), "{level}");
            let (targets, rich) = filters(level);
            assert_eq!(
                (targets.is_some(), rich.is_some()),
                (is_plain, !is_plain),
                "{level}"
            );
        }
    }

    #[test]
    fn a_target_s_level_is_its_own() {
        let (targets, _) = filters("warn,hyper=debug");
        let targets = targets.unwrap();
        let is_let_through = |target, level| targets.would_enable(target, &level);
        assert!(is_let_through("hyper::proto", tracing::Level::DEBUG));
        assert!(!is_let_through("weft", tracing::Level::INFO));
    }
}
