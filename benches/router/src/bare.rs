//! The least a server can do: an axum handler that gives the same bytes to everybody.

use std::{fs, net::SocketAddr, path::PathBuf};

use anyhow::{Context, Result};
use axum::{
    Router,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::IntoResponse,
    routing::post,
    serve::ListenerExt,
};
use bytes::Bytes;

/// Serve the bytes of a file at `/graphql`, whatever is asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to listen.
    #[arg(long)]
    listen: SocketAddr,
    /// What to answer.
    #[arg(long)]
    file: PathBuf,
}

/// Serves until the process is stopped.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let answer = Bytes::from(fs::read(&arguments.file).context("the answer")?);
    let handler = move |_: Bytes| {
        let answer = answer.clone();
        async move {
            let headers = [
                (CONTENT_TYPE, "application/json"),
                (CACHE_CONTROL, "no-store"),
            ];
            (headers, answer).into_response()
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let routes = Router::new().route("/graphql", post(handler));
        Ok(axum::serve(listener, routes).await?)
    })
}
