//! The reviews subgraph: reviews, and the users and products they join.

use async_graphql::{
    ComplexObject, EmptyMutation, EmptySubscription, ID, Object, Schema, SimpleObject,
    ValidationMode,
};

use crate::data;

#[derive(SimpleObject)]
#[graphql(complex)]
struct Review {
    id: ID,
    body: Option<String>,
    #[graphql(skip)]
    upc: &'static str,
}

impl From<&data::Review> for Review {
    fn from(review: &data::Review) -> Self {
        Self {
            id: review.id.into(),
            body: Some(review.body.to_owned()),
            upc: review.product,
        }
    }
}

#[ComplexObject]
impl Review {
    async fn product(&self) -> Option<Product> {
        let upc = self.upc.to_owned();
        Some(Product { upc })
    }

    #[graphql(provides = "username")]
    async fn author(&self) -> Option<User> {
        data::USERS.first().map(|user| User {
            id: user.id.into(),
            username: Some(user.username.to_owned()),
        })
    }
}

#[derive(SimpleObject)]
#[graphql(extends, complex)]
struct Product {
    #[graphql(external)]
    upc: String,
}

#[ComplexObject]
impl Product {
    async fn reviews(&self) -> Option<Vec<Option<Review>>> {
        let reviews = data::REVIEWS.iter().filter(|r| r.product == self.upc);
        Some(reviews.map(|review| Some(review.into())).collect())
    }
}

#[derive(SimpleObject)]
#[graphql(extends, complex)]
struct User {
    #[graphql(external)]
    id: ID,
    #[graphql(external)]
    username: Option<String>,
}

#[ComplexObject]
impl User {
    async fn reviews(&self) -> Option<Vec<Option<Review>>> {
        let reviews = data::REVIEWS.iter().take(data::REVIEWS_PER_USER);
        Some(reviews.map(|review| Some(review.into())).collect())
    }
}

pub(crate) struct Query;

#[Object(extends)]
impl Query {
    #[graphql(entity)]
    async fn review_by_id(&self, id: ID) -> Option<Review> {
        data::REVIEWS
            .iter()
            .find(|review| review.id == id.as_str())
            .map(Review::from)
    }

    /// `username` is external here, so a user reached by key has none.
    #[graphql(entity)]
    async fn user_by_id(&self, id: ID) -> Option<User> {
        let known = data::USERS.iter().any(|user| user.id == id.as_str());
        known.then_some(User { id, username: None })
    }

    #[graphql(entity)]
    async fn product_by_upc(&self, upc: String) -> Option<Product> {
        let known = data::PRODUCTS.iter().any(|product| product.upc == upc);
        known.then_some(Product { upc })
    }
}

/// The schema over the benchmark's reviews.
pub(crate) fn schema() -> Schema<Query, EmptyMutation, EmptySubscription> {
    Schema::build(Query, EmptyMutation, EmptySubscription)
        .enable_federation()
        .validation_mode(ValidationMode::Fast)
        .finish()
}
