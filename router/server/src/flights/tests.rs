//! Who waits for what, and what becomes of it when somebody goes away.

use std::{
    pin::{Pin, pin},
    sync::Barrier,
    thread,
};

use futures::{future::join_all, poll};
use tokio::{
    sync::oneshot,
    task::{JoinHandle, yield_now},
};

use super::*;

type Shared = Flights<&'static str, u32>;

/// Work that ends when it is told to.
#[derive(Default)]
struct Desk {
    begun: AtomicUsize,
    dropped: AtomicUsize,
    ends: Mutex<Vec<oneshot::Sender<u32>>>,
}

impl Desk {
    fn begin(self: &Arc<Self>) -> impl Future<Output = u32> + Send + use<> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let (end, ended) = oneshot::channel();
        self.ends.lock().unwrap().push(end);
        let dropped = Dropped(Arc::clone(self));
        async move {
            let _dropped = dropped;
            ended.await.unwrap()
        }
    }

    /// Ends the `number`th work begun that has not ended.
    fn end(&self, number: usize, answer: u32) {
        let end = self.ends.lock().unwrap().remove(number);
        end.send(answer).unwrap();
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }
}

struct Dropped(Arc<Desk>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

fn flights() -> (Arc<Shared>, Arc<Desk>, Arc<Mutations>) {
    let mutations = Arc::new(Mutations::default());
    let flights = Flights::new(joinable_for(Duration::from_secs(60)), mutations.clone());
    (Arc::new(flights), Arc::default(), mutations)
}

/// A task that waits for `key`.
async fn ask(flights: &Arc<Shared>, desk: &Arc<Desk>, key: &'static str) -> JoinHandle<u32> {
    let (flights, desk) = (Arc::clone(flights), Arc::clone(desk));
    let task = tokio::spawn(async move {
        flights
            .join(key, Terms::default(), move |_| desk.begin())
            .answer()
            .await
    });
    yield_now().await;
    task
}

#[tokio::test]
async fn equal_requests_are_one_flight_and_others_are_not() {
    let (flights, desk, _) = flights();
    let mut tasks = Vec::new();
    for _ in 0..50 {
        tasks.push(ask(&flights, &desk, "a").await);
    }
    let other = ask(&flights, &desk, "b").await;
    assert_eq!((desk.begun(), flights.len()), (2, 2));
    desk.end(1, 8);
    desk.end(0, 7);
    for answer in join_all(tasks).await {
        assert_eq!(answer.unwrap(), 7);
    }
    assert_eq!(other.await.unwrap(), 8);
    assert_eq!(flights.len(), 0);
}

#[tokio::test]
async fn a_flight_that_has_landed_is_forgotten() {
    let (flights, desk, _) = flights();
    for answer in 1..4 {
        let asked = ask(&flights, &desk, "a").await;
        desk.end(0, answer);
        assert_eq!(asked.await.unwrap(), answer);
    }
    assert_eq!((desk.begun(), flights.len()), (3, 0));
}

#[tokio::test]
async fn whoever_goes_away_takes_nothing_from_the_others() {
    for gone in [vec![0], vec![1], vec![0, 1, 2], vec![2, 0], vec![1, 3, 0]] {
        let (flights, desk, _) = flights();
        let mut tasks = Vec::new();
        for _ in 0..5 {
            tasks.push(ask(&flights, &desk, "a").await);
        }
        for &index in &gone {
            tasks[index].abort();
            yield_now().await;
        }
        desk.end(0, 7);
        for (index, task) in tasks.into_iter().enumerate() {
            match task.await {
                Ok(answer) => assert_eq!(answer, 7),
                Err(error) => assert!(error.is_cancelled() && gone.contains(&index)),
            }
        }
        assert_eq!((desk.begun(), flights.len()), (1, 0), "{gone:?}");
    }
}

#[tokio::test]
async fn the_work_is_dropped_with_the_last_who_waits() {
    let (flights, desk, _) = flights();
    let tasks = [
        ask(&flights, &desk, "a").await,
        ask(&flights, &desk, "a").await,
    ];
    for (index, task) in tasks.into_iter().enumerate() {
        assert_eq!(
            (desk.dropped.load(Ordering::SeqCst), flights.len()),
            (0, 1),
            "{index}"
        );
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }
    assert_eq!((desk.dropped.load(Ordering::SeqCst), flights.len()), (1, 0));
}

/// Not even polled once: `join` alone counts.
#[tokio::test]
async fn a_waiter_that_is_never_polled_holds_nobody_up() {
    let (flights, desk, _) = flights();
    let idle = flights.join("a", Terms::default(), |_| desk.begin());
    let asked = ask(&flights, &desk, "a").await;
    desk.end(0, 7);
    assert_eq!(asked.await.unwrap(), 7);
    assert_eq!(idle.answer().await, 7);
    assert_eq!((desk.begun(), flights.len()), (1, 0));
}

#[tokio::test]
async fn nobody_joins_across_the_beginning_or_the_end_of_a_mutation() {
    let (flights, desk, mutations) = flights();
    let before = ask(&flights, &desk, "a").await;
    let mutation = mutations.begin();
    let during = ask(&flights, &desk, "a").await;
    assert_eq!(desk.begun(), 2);
    drop(mutation);
    let after = [
        ask(&flights, &desk, "a").await,
        ask(&flights, &desk, "a").await,
    ];
    assert_eq!((desk.begun(), flights.len()), (3, 1));
    for answer in 1..4 {
        desk.end(0, answer);
    }
    assert_eq!(before.await.unwrap(), 1);
    assert_eq!(during.await.unwrap(), 2);
    for after in after {
        assert_eq!(after.await.unwrap(), 3);
    }
    assert_eq!(flights.len(), 0);
}

/// One that was replaced does not take the later one's place in the table along when it ends or is given up.
#[tokio::test]
async fn a_later_flight_stays_when_the_earlier_one_ends() {
    for is_given_up in [true, false] {
        let (flights, desk, mutations) = flights();
        let earlier = ask(&flights, &desk, "a").await;
        drop(mutations.begin());
        let later = ask(&flights, &desk, "a").await;
        if is_given_up {
            earlier.abort();
            drop(desk.ends.lock().unwrap().remove(0));
            assert!(earlier.await.is_err());
        } else {
            desk.end(0, 1);
            assert_eq!(earlier.await.unwrap(), 1);
        }
        let joined = ask(&flights, &desk, "a").await;
        assert_eq!((desk.begun(), flights.len()), (2, 1));
        desk.end(0, 2);
        assert_eq!(later.await.unwrap(), 2);
        assert_eq!(joined.await.unwrap(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_flight_is_joined_only_in_its_first_moments() {
    let (flights, desk, _) = flights();
    let first = ask(&flights, &desk, "a").await;
    tokio::time::advance(JOINABLE - Duration::from_millis(1)).await;
    let second = ask(&flights, &desk, "a").await;
    tokio::time::advance(Duration::from_millis(1)).await;
    let third = ask(&flights, &desk, "a").await;
    assert_eq!(desk.begun(), 2);
    desk.end(0, 1);
    desk.end(0, 2);
    let answers = [first.await, second.await, third.await].map(Result::unwrap);
    assert_eq!(answers, [1, 1, 2]);
    assert_eq!(
        joinable_for(Duration::from_secs(2)),
        Duration::from_millis(250)
    );
}

#[tokio::test]
async fn a_panic_is_everybodys_and_is_forgotten() {
    let (flights, desk, _) = flights();
    let tasks = [
        ask(&flights, &desk, "a").await,
        ask(&flights, &desk, "a").await,
    ];
    // The work panics when it is told nothing.
    desk.ends.lock().unwrap().clear();
    for task in tasks {
        let panic = task.await.unwrap_err().into_panic();
        let text = panic.downcast_ref::<String>().unwrap();
        assert!(text.contains("RecvError"), "{text}");
    }
    let asked = ask(&flights, &desk, "a").await;
    desk.end(0, 7);
    assert_eq!(asked.await.unwrap(), 7);
    assert_eq!(flights.len(), 0);
}

#[tokio::test]
async fn those_who_wait_are_not_woken_by_every_step() {
    let (flights, _, _) = flights();
    let steps = |_: &&str| async {
        for _ in 0..100 {
            yield_now().await;
        }
        7
    };
    let mut polls = 0;
    let mut waiter: Pin<Box<dyn Future<Output = u32>>> =
        Box::pin(flights.join("a", Terms::default(), steps).answer());
    let mut follower = pin!(flights.join("a", Terms::default(), steps).answer());
    assert!(poll!(&mut waiter).is_pending());
    let follow = poll_fn(|context| {
        polls += 1;
        follower.as_mut().poll(context)
    });
    // Each has a waker of its own.
    let all = futures::stream::FuturesUnordered::new();
    all.push(waiter);
    all.push(Box::pin(follow));
    let answers: Vec<u32> = futures::StreamExt::collect(all).await;
    assert_eq!(answers, [7, 7]);
    assert_eq!(polls, 2);
}

/// Threads with a runtime each; in every round some go away, among them perhaps the one who polls.
#[test]
fn runtimes_share_flights() {
    const THREADS: usize = 6;
    const ROUNDS: usize = 300;
    let flights: Flights<usize, usize> = Flights::new(Duration::MAX, Arc::default());
    let flights = Arc::new(flights);
    let begun = Arc::new(AtomicUsize::new(0));
    let barrier = Arc::new(Barrier::new(THREADS));
    let gates: Arc<Vec<Semaphore>> = Arc::new((0..ROUNDS).map(|_| Semaphore::new(0)).collect());
    let threads = (0..THREADS).map(|thread| {
        let (flights, begun) = (Arc::clone(&flights), Arc::clone(&begun));
        let (barrier, gates) = (Arc::clone(&barrier), Arc::clone(&gates));
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.build().unwrap();
            for round in 0..ROUNDS {
                barrier.wait();
                let waiter = flights.join(round, Terms::default(), |_| {
                    begun.fetch_add(1, Ordering::SeqCst);
                    let gates = Arc::clone(&gates);
                    async move {
                        for _ in 0..THREADS {
                            gates[round].acquire().await.unwrap().forget();
                            yield_now().await;
                        }
                        round
                    }
                });
                barrier.wait();
                runtime.block_on(async {
                    let mut answer = Box::pin(waiter.answer());
                    let gone = (thread + round) % THREADS < 3;
                    assert!(poll!(&mut answer).is_pending());
                    gates[round].add_permits(1);
                    if !gone {
                        assert_eq!(answer.await, round);
                    }
                });
            }
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        thread.join().unwrap();
    }
    assert_eq!((begun.load(Ordering::SeqCst), flights.len()), (ROUNDS, 0));
}

#[tokio::test(start_paused = true)]
async fn nobody_joins_a_flight_that_is_too_old_for_him() {
    let (flights, desk, _) = flights();
    let _first = flights.join("a", Terms::default(), |_| desk.begin());
    let within = |milliseconds| Some(Duration::from_millis(milliseconds));
    let joins = |within| {
        let terms = Terms {
            within,
            ..Terms::default()
        };
        flights.join("a", terms, |_| desk.begin()).has_joined()
    };
    tokio::time::advance(Duration::from_millis(100)).await;
    assert!(joins(within(101)) && joins(None));
    assert!(!joins(within(0)));
}
