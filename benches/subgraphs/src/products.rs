//! The products subgraph: names, prices and weights.

use async_graphql::{
    EmptyMutation, EmptySubscription, Object, Schema, SimpleObject, ValidationMode,
};

use crate::data;

#[derive(SimpleObject)]
struct Product {
    upc: String,
    name: Option<String>,
    price: Option<i32>,
    weight: Option<i32>,
}

impl From<&data::Product> for Product {
    fn from(product: &data::Product) -> Self {
        Self {
            upc: product.upc.to_owned(),
            name: Some(product.name.to_owned()),
            price: Some(product.price),
            weight: Some(product.weight),
        }
    }
}

pub(crate) struct Query;

#[Object(extends)]
impl Query {
    async fn top_products(
        &self,
        #[graphql(default = 5)] first: Option<i32>,
    ) -> Option<Vec<Option<Product>>> {
        let first = usize::try_from(first.unwrap_or(5)).unwrap_or(0);
        let products = data::PRODUCTS.iter().take(first);
        Some(products.map(|product| Some(product.into())).collect())
    }

    #[graphql(entity)]
    async fn product_by_upc(&self, upc: String) -> Option<Product> {
        data::PRODUCTS
            .iter()
            .find(|product| product.upc == upc)
            .map(Product::from)
    }
}

/// The schema over the benchmark's products.
pub(crate) fn schema() -> Schema<Query, EmptyMutation, EmptySubscription> {
    Schema::build(Query, EmptyMutation, EmptySubscription)
        .enable_federation()
        .validation_mode(ValidationMode::Fast)
        .finish()
}
