//! Logs of every role: structured lines on standard error.
//!
//! What is logged while a request is worked on says which. A span of tracing would do that at the cost of one for each
//! request, logged or not; the id is kept beside the task instead, and asked for by the line that is written.

use std::{fmt, sync::Arc};

use tracing::{Event, Subscriber};
use tracing_subscriber::{
    EnvFilter,
    filter::Targets,
    fmt::{FmtContext, FormatEvent, FormatFields, format, layer},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::config::{Log, LogFormat};

tokio::task_local! {
    /// The id of the request that is worked on.
    static REQUEST: Arc<str>;
}

/// `work`, done for the request with this id.
pub(crate) fn for_request<W: Future>(
    id: Arc<str>,
    work: W,
) -> impl Future<Output = W::Output> + use<W> {
    REQUEST.scope(id, work)
}

/// `work`, which may be done by another task, for the same request as this.
pub async fn for_this_request<W: Future>(work: W) -> W::Output {
    match REQUEST.try_with(Arc::clone) {
        Ok(id) => REQUEST.scope(id, work).await,
        Err(_) => work.await,
    }
}

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
    let layer = layer().with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => {
            let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
            let format = format().with_target(false).with_ansi(ansi);
            let layer = layer.event_format(Line::Text(format));
            registry.with(layer).try_init().is_ok()
        }
        LogFormat::Json => {
            let format = format().json().flatten_event(true);
            let format = format.with_current_span(true).with_span_list(false);
            let layer = layer.json().event_format(Line::Json(format));
            registry.with(layer).try_init().is_ok()
        }
    }
}

/// A line of the log, which names the request that it is about.
enum Line<F> {
    Text(F),
    Json(F),
}

/// The field that names it.
const REQUEST_ID: &str = "http.request.id";

impl<S, N, F> FormatEvent<S, N> for Line<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: format::Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (Self::Text(format) | Self::Json(format)) = self;
        let Ok(id) = REQUEST.try_with(Arc::clone) else {
            return format.format_event(context, writer, event);
        };
        let mut line = String::new();
        format.format_event(context, format::Writer::new(&mut line), event)?;
        let line = line.trim_end();
        match self {
            Self::Text(_) => writeln!(writer, "{line} {REQUEST_ID}={id}"),
            Self::Json(_) => {
                // An id has nothing in it that JSON escapes.
                let line = line.strip_suffix('}').unwrap_or(line);
                writeln!(writer, "{line},\"{REQUEST_ID}\":\"{id}\"}}")
            }
        }
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

    /// What is written of an event in and outside of a request's work.
    async fn lines(format: LogFormat) -> String {
        use std::{io, sync::Mutex};
        #[derive(Clone, Default)]
        struct Written(Arc<Mutex<Vec<u8>>>);
        impl io::Write for Written {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().extend_from_slice(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let written = Written::default();
        let to = written.clone();
        let layer = layer().with_writer(move || to.clone());
        let registry = tracing_subscriber::registry();
        let plain = super::format().without_time().with_target(false);
        let subscriber: Box<dyn Subscriber + Send + Sync> = match format {
            LogFormat::Text => {
                let plain = plain.with_ansi(false);
                Box::new(registry.with(layer.event_format(Line::Text(plain))))
            }
            LogFormat::Json => {
                let plain = plain.json().flatten_event(true);
                Box::new(registry.with(layer.json().event_format(Line::Json(plain))))
            }
        };
        let _default = tracing::subscriber::set_default(subscriber);
        let work = async {
            tracing::info!(a = 1, "in it");
            for_this_request(async { tracing::info!("below") }).await;
        };
        for_request(Arc::from("r-1"), work).await;
        tracing::info!("outside");
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[tokio::test]
    async fn a_line_names_its_request() {
        assert_eq!(
            lines(LogFormat::Text).await,
            " INFO in it a=1 http.request.id=r-1\n INFO below http.request.id=r-1\n INFO outside\n"
        );
        assert_eq!(
            lines(LogFormat::Json).await,
            "{\"level\":\"INFO\",\"message\":\"in it\",\"a\":1,\"http.request.id\":\"r-1\"}\n\
             {\"level\":\"INFO\",\"message\":\"below\",\"http.request.id\":\"r-1\"}\n\
             {\"level\":\"INFO\",\"message\":\"outside\"}\n"
        );
    }
}
