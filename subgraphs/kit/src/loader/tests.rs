//! One batch per level, whatever the number of keys.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_graphql::{Context, EmptyMutation, EmptySubscription, Object, Request, Schema, value};

use super::*;

/// Loads `n` for key `n` after yielding to the runtime, and notes the size of each batch.
struct Identity(Arc<Mutex<Vec<usize>>>);

impl Loader<u32> for Identity {
    type Value = u32;
    type Error = crate::Error;

    async fn load(&self, keys: &[u32]) -> Result<HashMap<u32, u32>, crate::Error> {
        self.0.lock().unwrap().push(keys.len());
        tokio::task::yield_now().await;
        Ok(keys.iter().map(|key| (*key, *key)).collect())
    }
}

struct Query;

#[Object]
impl Query {
    async fn items(&self, width: u32) -> Vec<Item> {
        (0..width).map(|id| Item { id }).collect()
    }
}

struct Item {
    id: u32,
}

#[Object]
impl Item {
    async fn value(&self, ctx: &Context<'_>) -> crate::Result<u32> {
        let loader = ctx.data_unchecked::<BatchLoader<Identity>>();
        Ok(loader.load_one(self.id).await?.unwrap_or_default())
    }

    async fn children(&self, ctx: &Context<'_>, width: u32) -> crate::Result<Vec<Item>> {
        let loader = ctx.data_unchecked::<BatchLoader<Identity>>();
        let base = loader.load_one(self.id).await?.unwrap_or_default() * width;
        Ok((base..base + width).map(|id| Item { id }).collect())
    }
}

/// Executes `query` and returns the sizes of the batches it took.
async fn batches(query: &str) -> Vec<usize> {
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let queue = LoadQueue::default();
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let request = Request::new(query).data(queue.loader(Identity(sizes.clone())));
    let response = queue.drive(schema.execute(request)).await;
    assert_eq!(response.errors, []);
    assert_ne!(response.data, value!(null));
    let sizes = sizes.lock().unwrap();
    sizes.clone()
}

#[tokio::test]
async fn a_level_is_one_batch_from_1_to_2500_keys() {
    for width in [1, 2, 29, 30, 31, 32, 64, 100, 999, 1000, 1001, 2500] {
        let query = format!("{{ items(width: {width}) {{ value }} }}");
        assert_eq!(batches(&query).await, [width], "{width} keys");
    }
}

#[tokio::test]
async fn nested_levels_are_one_batch_each() {
    for (outer, inner) in [(1, 1), (3, 40), (40, 3), (50, 50), (31, 31), (2, 1000)] {
        let query = format!(
            "{{ items(width: {outer}) {{ children(width: {inner}) {{ children(width: 2) {{ value }} }} }} }}"
        );
        let expected = [outer, outer * inner, outer * inner * 2];
        assert_eq!(batches(&query).await, expected, "{outer} times {inner}");
    }
}

#[tokio::test]
async fn fields_side_by_side_share_a_batch() {
    let query = "{ a: items(width: 40) { value children(width: 1) { id: __typename } } b: items(width: 7) { value } }";
    assert_eq!(batches(query).await, [40]);
}

#[tokio::test]
async fn a_failed_batch_fails_its_fields_and_nothing_hangs() {
    struct Failing;
    impl Loader<u32> for Failing {
        type Value = u32;
        type Error = crate::Error;
        async fn load(&self, _: &[u32]) -> Result<HashMap<u32, u32>, crate::Error> {
            Err(crate::Error::internal("no"))
        }
    }
    let queue = LoadQueue::default();
    let loader = queue.loader(Failing);
    let both = futures::future::join(loader.load_one(1), loader.load_one(2));
    let (a, b) = queue.drive(both).await;
    assert!(a.is_err() && b.is_err());
}

#[tokio::test]
async fn keys_are_grouped_by_arguments_in_order_of_appearance() {
    let keys = [(3, "b"), (1, "a"), (2, "b"), (3, "b")];
    let expected = [("b", vec![2, 3]), ("a", vec![1])];
    assert_eq!(group_by_args(&keys), expected);
}

#[tokio::test]
async fn an_abandoned_request_leaves_nothing_behind() {
    struct Endless {
        _queue: LoadQueue,
        _kept: Arc<()>,
    }
    impl Loader<u32> for Endless {
        type Value = u32;
        type Error = crate::Error;
        async fn load(&self, _: &[u32]) -> Result<HashMap<u32, u32>, crate::Error> {
            std::future::pending().await
        }
    }
    let kept = Arc::new(());
    let witness = Arc::downgrade(&kept);
    let queue = LoadQueue::default();
    let loader = || {
        queue.loader(Endless {
            _queue: queue.clone(),
            _kept: kept.clone(),
        })
    };
    let (first, second) = (loader(), loader());
    let (go, gone) = futures::channel::oneshot::channel::<()>();
    {
        // The second load is asked for while the first one runs, so that it is still in the queue.
        let late = async {
            gone.await.unwrap();
            second.load_one(2).await
        };
        let mut driven = pin!(queue.drive(futures::future::join(first.load_one(1), late)));
        assert!(futures::poll!(driven.as_mut()).is_pending());
        go.send(()).unwrap();
        assert!(futures::poll!(driven.as_mut()).is_pending());
        assert_eq!(queue.0.lock().unwrap().len(), 1);
    }
    drop((first, second, queue, kept));
    assert!(witness.upgrade().is_none());
}
