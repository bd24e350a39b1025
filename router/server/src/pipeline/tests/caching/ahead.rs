//! What is asked for all the time is fetched again before it ends, and nobody waits for that.

use futures::future::join_all;
use router_cache::ManualClock;
use tokio::{task::yield_now, time::timeout};

use super::*;

/// Who waits for as long waits for a subgraph that does not answer.
const HANGS: Duration = Duration::from_secs(20);

/// How many ask each second.
const LOAD: usize = 5;

/// A shop whose clock stands unless it is moved.
struct Timed {
    shop: Shop,
    clock: Arc<ManualClock>,
}

impl Timed {
    async fn open(says: &str, chance: fn() -> f64) -> Self {
        let clock = Arc::new(ManualClock::at(1_700_000_000_000));
        let prepare = |setup| Setup {
            clock: Arc::clone(&clock) as _,
            chance,
            ..setup
        };
        let shop = Shop::open_with(|_| {}, prepare).await;
        shop.world.say("cache-control", says);
        Self { shop, clock }
    }

    fn hold(&self, is_held: bool) {
        self.shop.world.held.send_replace(is_held);
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// As many as come in a second ask at once, and all are answered with `expected` although no subgraph answers; what was
    /// asked of them meanwhile.
    async fn load(&self, query: &str, expected: &Value) -> Vec<String> {
        let asking = join_all((0..LOAD).map(|_| self.shop.ask(query, &[])));
        let answers = timeout(HANGS, asking).await;
        let answers = answers.expect("somebody waits for a subgraph");
        let mut asked = Vec::new();
        for (answer, _, was_asked) in answers {
            assert_eq!(answer, *expected, "{query}");
            asked.extend(was_asked);
        }
        asked
    }

    /// Lets the subgraphs answer, until `parts` more are kept.
    async fn answer(&self, parts: usize) {
        let puts = self.shop.count("puts");
        self.hold(false);
        let kept = async {
            while self.shop.count("puts") < puts + parts as u64 {
                yield_now().await;
            }
        };
        timeout(HANGS, kept).await.expect("it is kept");
        self.hold(true);
    }

    /// What was asked, once all of it was.
    async fn until_asked(&self, mut asked: Vec<String>, expected: &[&str]) {
        let all = async {
            while asked.len() < expected.len() {
                yield_now().await;
                asked.extend(self.shop.world.asked());
            }
        };
        timeout(HANGS, all).await.expect("it is asked for");
        asked.sort();
        assert_eq!(asked, expected);
    }
}

/// A query and all that is asked for it.
const QUERIES: [(&str, &[&str]); 2] = [
    ("{ greeting }", &["greeting"]),
    (LIST, &["1", "2", "3", "products"]),
];

#[tokio::test]
async fn a_hot_key_that_nears_its_end_makes_nobody_wait() {
    // However the draw falls: everything ends a tenth earlier, or nothing does.
    let chances: [fn() -> f64; 2] = [|| 1.0, || 0.3];
    for ((query, parts), chance) in QUERIES.into_iter().flat_map(|q| chances.map(|c| (q, c))) {
        let timed = Timed::open("public, max-age=100", chance).await;
        let expected = timed.shop.check(query, parts).await;
        timed.hold(true);
        let ttl = (100.0 - 10.0 * chance()) as u64;
        // The first second of the last tenth.
        let due = ttl - ttl / 10;
        let mut age = 0;
        for _ in 0..4 {
            // Until shortly before the end, without anybody who answers, and beyond the end of what was there before.
            while age < ttl - 2 {
                timed.pass(1);
                age += 1;
                let asked = timed.load(query, &expected).await;
                if age == due {
                    // Each part once, however many ask.
                    timed.until_asked(asked, parts).await;
                } else {
                    assert_eq!(asked, Vec::<String>::new(), "{age}");
                }
            }
            timed.answer(parts.len()).await;
            age = 0;
        }
    }
}

/// Nobody asked near the end, and then many do.
#[tokio::test]
async fn nor_does_one_that_has_ended_and_may_be_used_meanwhile() {
    for (query, parts) in QUERIES {
        let timed = Timed::open("public, max-age=100, stale-while-revalidate=100", || 0.0).await;
        let expected = timed.shop.check(query, parts).await;
        timed.hold(true);
        for _ in 0..3 {
            timed.pass(150);
            let mut asked = timed.load(query, &expected).await;
            timed.pass(40);
            asked.extend(timed.load(query, &expected).await);
            timed.until_asked(asked, parts).await;
            timed.answer(parts.len()).await;
        }
        // Beyond that, who asks waits.
        timed.pass(201);
        let asking = timed.shop.ask(query, &[]);
        let answered = async {
            while timed.shop.world.asked().is_empty() {
                yield_now().await;
            }
            timed.hold(false);
        };
        let ((answer, ..), ()) = tokio::join!(asking, answered);
        assert_eq!(answer, expected);
    }
}
