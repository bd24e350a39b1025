//! Relay connections as GraphQL types (<https://relay.dev/graphql/connections.htm>).

use std::borrow::Cow;

use async_graphql::{Object, OutputType, SimpleObject, TypeName};
use futures::future::BoxFuture;

use crate::{
    Result,
    cache_policy::{COUNT_SECONDS, cache_control},
    page::Page,
};

/// Where a page lies in its list.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
#[graphql(shareable, directive = cache_control::apply(None, None, Some(true)))]
pub struct PageInfo {
    /// Whether more rows follow this page.
    pub has_next_page: bool,
    /// Whether rows precede this page.
    pub has_previous_page: bool,
    /// The cursor of the page's first row.
    pub start_cursor: Option<String>,
    /// The cursor of the page's last row.
    pub end_cursor: Option<String>,
}

/// Counts a connection's rows, when asked to.
pub type Total = Box<dyn Fn() -> BoxFuture<'static, Result<i64>> + Send + Sync>;

/// A page of a list.
pub struct Connection<T> {
    edges: Vec<Edge<T>>,
    page_info: PageInfo,
    total: Total,
}

/// A row of a list and its place in it.
pub struct Edge<T> {
    cursor: String,
    node: T,
}

impl<T> Connection<T> {
    /// The connection that shows `page`, each row as `node(row)`. `total` runs only if `totalCount` is
    /// selected; for children it should ask a loader, so that all parents are counted at once.
    pub fn new<R>(page: Page<R>, node: impl Fn(R) -> T, total: Total) -> Self {
        let edges: Vec<_> = page
            .rows
            .into_iter()
            .map(|(cursor, row)| Edge {
                cursor: cursor.encode(),
                node: node(row),
            })
            .collect();
        let page_info = PageInfo {
            has_next_page: page.has_next_page,
            has_previous_page: page.has_previous_page,
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        };
        Self {
            edges,
            page_info,
            total,
        }
    }
}

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}

/// A page of a list.
#[Object(name_type, directive = cache_control::apply(None, None, Some(true)))]
impl<T: OutputType> Connection<T> {
    /// The page's rows with their cursors.
    async fn edges(&self) -> &[Edge<T>] {
        &self.edges
    }

    /// The page's rows.
    async fn nodes(&self) -> Vec<&T> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where the page lies in the list.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// How many rows the whole list has.
    #[graphql(directive = cache_control::apply(Some(COUNT_SECONDS), None, None))]
    async fn total_count(&self) -> Result<i64> {
        (self.total)().await
    }
}

/// A row of a list and its place in it.
#[Object(name_type, directive = cache_control::apply(None, None, Some(true)))]
impl<T: OutputType> Edge<T> {
    /// The row's place, for `after` and `before`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The row.
    async fn node(&self) -> &T {
        &self.node
    }
}
