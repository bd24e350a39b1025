//! `weft health`: the container image's health check, which needs no other program.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::failure::{Failure, with_causes};

/// The longest a healthy server may take.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What to ask, for example http://127.0.0.1:4000/ready
    url: http::Uri,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let url = arguments.url;
    if url.scheme_str() != Some("http") {
        return Err(Failure::usage(format!("{url} is not an http:// URL")));
    }
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    match tokio::time::timeout(PATIENCE, client.get(url.clone())).await {
        Ok(Ok(response)) if response.status().is_success() => Ok(()),
        Ok(Ok(response)) => Err(Failure::input(format!("{url}: {}", response.status()))),
        Ok(Err(error)) => Err(Failure::input(format!("{url}: {}", with_causes(&error)))),
        Err(_) => Err(Failure::input(format!("{url}: no answer in {PATIENCE:?}"))),
    }
}
