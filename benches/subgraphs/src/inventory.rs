//! The inventory subgraph: stock, and shipping estimates from another subgraph's price and weight.

use async_graphql::{
    ComplexObject, Context, EmptyMutation, EmptySubscription, Error, MaybeUndefined, Object,
    Schema, SimpleObject, ValidationMode,
};

use crate::data;

/// Above this price shipping is free of charge.
const FREE_ABOVE_PRICE: i32 = 1000;

/// Where `shippingEstimate` comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimate {
    /// No product has one: the benchmark's own answer.
    Unknown,
    /// Computed from the representation: nothing above a price of 1000, else half the weight.
    FromRepresentation,
}

#[derive(SimpleObject)]
#[graphql(extends, complex)]
struct Product {
    #[graphql(external)]
    upc: String,
    #[graphql(external)]
    weight: Option<i32>,
    #[graphql(external)]
    price: Option<i32>,
    in_stock: Option<bool>,
    /// Whether the representation named both, were they null or not.
    #[graphql(skip)]
    has_required: bool,
}

#[ComplexObject]
impl Product {
    #[graphql(requires = "price weight")]
    async fn shipping_estimate(&self, ctx: &Context<'_>) -> Result<Option<i32>, Error> {
        if !self.has_required {
            return Err(Error::new(
                "shippingEstimate needs price and weight in the representation",
            ));
        }
        Ok(match ctx.data::<Estimate>()? {
            Estimate::Unknown => None,
            Estimate::FromRepresentation => self.price.zip(self.weight).map(estimate),
        })
    }
}

pub(crate) struct Query;

#[Object(extends)]
impl Query {
    #[graphql(entity)]
    async fn product_by_upc(
        &self,
        #[graphql(key)] upc: String,
        price: MaybeUndefined<i32>,
        weight: MaybeUndefined<i32>,
    ) -> Option<Product> {
        let stock = data::PRODUCTS.iter().find(|product| product.upc == upc)?;
        Some(Product {
            upc,
            has_required: !price.is_undefined() && !weight.is_undefined(),
            price: price.take(),
            weight: weight.take(),
            in_stock: Some(stock.in_stock),
        })
    }
}

/// The schema over the benchmark's stock.
pub(crate) fn schema(estimate: Estimate) -> Schema<Query, EmptyMutation, EmptySubscription> {
    Schema::build(Query, EmptyMutation, EmptySubscription)
        .enable_federation()
        .validation_mode(ValidationMode::Fast)
        .data(estimate)
        .finish()
}

fn estimate((price, weight): (i32, i32)) -> i32 {
    if price > FREE_ABOVE_PRICE {
        0
    } else {
        weight / 2
    }
}
