//! For whom something is kept.

use super::*;

#[tokio::test]
async fn nobody_gets_the_answer_that_was_made_for_another() {
    type Asker = (
        Option<&'static str>,
        &'static [&'static str],
        &'static [(&'static str, &'static str)],
    );
    const ASKERS: [Asker; 7] = [
        (None, &[], &[]),
        (None, &[], &[("x-tenant", "a")]),
        (None, &[], &[("x-tenant", "b")]),
        (Some("ada"), &[], &[]),
        (Some("ada"), &["admin"], &[]),
        (Some("bob"), &[], &[]),
        (Some("bob"), &[], &[("x-tenant", "a")]),
    ];
    let says = [
        "max-age=60",
        "private, max-age=60",
        "max-age=60, s-maxage=60",
        "public, max-age=60",
    ];
    for said in says {
        let shop = Shop::open(|config| {
            config.headers.propagate = vec!["x-tenant".parse::<Header>().unwrap()];
        })
        .await;
        shop.world.say("cache-control", said);
        for round in 0..2 {
            for (subject, scopes, headers) in ASKERS {
                let answer = shop.greet(subject, scopes, headers).await;
                let asked = shop.world.asked().len();
                let own = format!("hello {}", subject.unwrap_or("you"));
                if said.starts_with("public") {
                    continue;
                }
                assert!(answer.contains(&own), "{said} {subject:?}: {answer}");
                let is_kept = subject.is_some() || !said.starts_with("private");
                let expected = usize::from(round == 0 || !is_kept);
                assert_eq!(
                    asked, expected,
                    "{said} {subject:?} {scopes:?} {headers:?} {round}"
                );
            }
        }
    }
    // What says that it is public is everybody's, but for the headers that its origin saw.
    let shop = Shop::open(|config| {
        config.headers.propagate = vec!["x-tenant".parse::<Header>().unwrap()];
    })
    .await;
    assert!(
        shop.greet(Some("ada"), &[], &[])
            .await
            .contains("hello ada")
    );
    assert!(shop.greet(None, &[], &[]).await.contains("hello ada"));
    let other = shop.greet(Some("bob"), &[], &[("x-tenant", "a")]).await;
    assert!(other.contains("hello bob"), "{other}");
}
