//! The four schemas, to be executed wherever they are wanted.

use std::sync::Arc;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{EmptyMutation, EmptySubscription, Request, Response, Schema};
use quick_cache::sync::Cache;

use crate::inventory::Estimate;
use crate::requests::Subgraph;
use crate::{accounts, inventory, products, reviews};

type Queries<Q> = Schema<Q, EmptyMutation, EmptySubscription>;

/// Documents that are remembered.
const DOCUMENTS: usize = 1000;

/// The four schemas without a server; clones are the same schemas. They stand behind a router: documents are parsed
/// once, and not validated a second time.
#[derive(Clone)]
pub struct Schemas {
    accounts: Queries<accounts::Query>,
    inventory: Queries<inventory::Query>,
    products: Queries<products::Query>,
    reviews: Queries<reviews::Query>,
    documents: Arc<Cache<String, ExecutableDocument>>,
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Schemas")
    }
}

impl Schemas {
    /// The schemas over the benchmark's data.
    pub fn new(estimate: Estimate) -> Self {
        Self {
            accounts: accounts::schema(),
            inventory: inventory::schema(estimate),
            products: products::schema(),
            reviews: reviews::schema(),
            documents: Arc::new(Cache::new(DOCUMENTS)),
        }
    }

    /// Answers a GraphQL request in JSON with the bytes that the server gives.
    ///
    /// # Errors
    /// The request is no GraphQL request in JSON.
    pub async fn answer(
        &self,
        subgraph: Subgraph,
        request: &[u8],
    ) -> Result<Vec<u8>, serde_json::Error> {
        let request = serde_json::from_slice(request)?;
        serde_json::to_vec(&self.execute(subgraph, request).await)
    }

    pub(crate) async fn execute(&self, subgraph: Subgraph, mut request: Request) -> Response {
        let document = match self.documents.get(request.query.as_str()) {
            Some(document) => Ok(document),
            None => parse_query(&request.query).inspect(|document| {
                self.documents
                    .insert(request.query.clone(), document.clone())
            }),
        };
        // What is no document the library says itself.
        if let Ok(document) = document {
            request.set_parsed_query(document);
        }
        match subgraph {
            Subgraph::Accounts => self.accounts.execute(request).await,
            Subgraph::Inventory => self.inventory.execute(request).await,
            Subgraph::Products => self.products.execute(request).await,
            Subgraph::Reviews => self.reviews.execute(request).await,
        }
    }
}
