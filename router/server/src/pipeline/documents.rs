//! Parsed and validated documents, by their text.

use std::{
    collections::{HashMap, HashSet},
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use quick_cache::{Weighter, sync::Cache};
use router_operation::{Document, Limits};
use schema_model::Supergraph;

use super::problem;
use crate::{
    code::{ErrorCode, GraphqlError},
    config::OperationCache,
    http::QueryText,
};

/// A document and the number by which its plans are found.
#[derive(Debug)]
pub(super) struct NumberedDocument {
    document: Document,
    pub(super) number: u64,
}

impl Deref for NumberedDocument {
    type Target = Document;
    fn deref(&self) -> &Document {
        &self.document
    }
}

/// The most used documents; only valid ones are kept.
pub(super) struct Documents {
    cache: Cache<String, Arc<NumberedDocument>, DocumentWeight>,
    /// The same by the JSON string that a client wrote: most clients write the same one each time.
    written: Cache<String, Arc<NumberedDocument>, WrittenWeight>,
    limits: Limits,
    query_bytes: usize,
    next: AtomicU64,
}

/// The larger of a document with its text and an entry's even share of the memory, which bounds both.
#[derive(Clone)]
struct DocumentWeight {
    share: u64,
}

impl Weighter<String, Arc<NumberedDocument>> for DocumentWeight {
    fn weight(&self, text: &String, document: &Arc<NumberedDocument>) -> u64 {
        ((text.len() + document.weight()) as u64).max(self.share)
    }
}

/// A text's length; the document is there without it.
#[derive(Clone)]
struct WrittenWeight {
    share: u64,
}

impl Weighter<String, Arc<NumberedDocument>> for WrittenWeight {
    fn weight(&self, text: &String, _: &Arc<NumberedDocument>) -> u64 {
        (text.len() as u64).max(self.share)
    }
}

/// The part of the documents' memory that is for texts as clients wrote them.
const WRITTEN: u64 = 8;

impl Documents {
    /// Documents of at most `query_bytes`.
    pub(super) fn new(limits: Limits, query_bytes: usize, bounds: &OperationCache) -> Self {
        let bytes = bounds.document_bytes.0 as u64;
        let for_written = bytes / WRITTEN;
        let share_of = |bytes: u64| (bytes / bounds.entries as u64).max(1);
        let by_text = DocumentWeight {
            share: share_of(bytes - for_written),
        };
        let as_written = WrittenWeight {
            share: share_of(for_written),
        };
        Self {
            cache: Cache::with_weighter(bounds.entries, bytes - for_written, by_text),
            written: Cache::with_weighter(bounds.entries, for_written, as_written),
            limits,
            query_bytes,
            next: AtomicU64::new(0),
        }
    }

    /// The document that a client asks for.
    pub(super) async fn get(
        &self,
        supergraph: &Arc<Supergraph>,
        query: &QueryText<'_>,
    ) -> Result<Arc<NumberedDocument>, Vec<GraphqlError>> {
        if let QueryText::Json(json) = query
            && let Some(document) = self.written.get(*json)
        {
            return Ok(document);
        }
        let text = query.read()?;
        if text.len() > self.query_bytes {
            let message = format!("the document is larger than {} bytes", self.query_bytes);
            return Err(GraphqlError::new(ErrorCode::QueryTooLarge, message).into());
        }
        let document = self.by_text(supergraph, &text).await?;
        if let QueryText::Json(json) = query {
            self.written
                .insert((*json).to_owned(), Arc::clone(&document));
        }
        Ok(document)
    }

    /// The document for `text`, parsed away from the threads that serve requests when it is new; several requests with
    /// a new one wait for one.
    async fn by_text(
        &self,
        supergraph: &Arc<Supergraph>,
        text: &str,
    ) -> Result<Arc<NumberedDocument>, Vec<GraphqlError>> {
        if let Some(document) = self.cache.get(text) {
            return Ok(document);
        }
        let parsing = async {
            let (supergraph, limits) = (Arc::clone(supergraph), self.limits);
            let owned = text.to_owned();
            let parsing =
                tokio::task::spawn_blocking(move || Document::parse(&supergraph, &owned, &limits));
            let parsed = parsing.await.map_err(|error| {
                tracing::error!(%error, "parsing a document failed");
                GraphqlError::new(ErrorCode::InternalServerError, "the server made a mistake")
            })?;
            parsed
                .map(|document| self.number(document))
                .map_err(problem::all)
        };
        self.cache.get_or_insert_async(text, parsing).await
    }

    /// The document for `text`, parsed on this thread when it is new; `None` if it is not valid.
    pub(super) fn parse(
        &self,
        supergraph: &Supergraph,
        text: &str,
    ) -> Option<Arc<NumberedDocument>> {
        if let Some(document) = self.cache.get(text) {
            return Some(document);
        }
        let document = Document::parse(supergraph, text, &self.limits).ok()?;
        let document = self.number(document);
        self.cache.insert(text.to_owned(), Arc::clone(&document));
        Some(document)
    }

    /// The texts of those of the documents `numbers` that are still kept.
    pub(super) fn texts(&self, numbers: &HashSet<u64>) -> HashMap<u64, String> {
        let kept = self.cache.iter();
        kept.filter(|(_, document)| numbers.contains(&document.number))
            .map(|(text, document)| (document.number, text))
            .collect()
    }

    fn number(&self, document: Document) -> Arc<NumberedDocument> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        Arc::new(NumberedDocument { document, number })
    }
}
