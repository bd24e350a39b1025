//! The table of stamps against one that forgets nothing.

use std::collections::HashMap;

use proptest::prelude::*;

use crate::{
    Mode, Position, Tag,
    stamps::{Stamps, Standing},
    testing::at,
};

fn tag(number: u64) -> Tag {
    // Spread over the parts of the table.
    Tag::from_bits(number << 32 | number)
}

#[test]
fn an_invalidation_ends_what_is_from_before_and_nothing_else() {
    let stamps = Stamps::new(100);
    stamps.stamp(&[tag(1)], Mode::Hard, at(10));
    stamps.stamp(&[tag(2)], Mode::Soft, at(20));
    let cases: &[(u64, &[u64], Standing)] = &[
        (9, &[1], Standing::Invalidated),
        (10, &[1], Standing::Valid),
        (9, &[3], Standing::Valid),
        (9, &[], Standing::Valid),
        (19, &[2], Standing::Softly(at(20))),
        (20, &[2], Standing::Valid),
        (9, &[2, 1], Standing::Invalidated),
        (9, &[1, 2], Standing::Invalidated),
    ];
    for (t0, tags, expected) in cases {
        let tags: Vec<_> = tags.iter().map(|&number| tag(number)).collect();
        assert_eq!(stamps.standing(at(*t0), &tags), *expected, "{t0} {tags:?}");
    }
    stamps.raise_floor(at(15));
    assert_eq!(stamps.standing(at(14), &[]), Standing::BelowFloor);
    assert_eq!(stamps.standing(at(15), &[]), Standing::Valid);
    stamps.raise_floor(at(12));
    assert_eq!(stamps.floor(), at(15), "it never sinks");
}

#[test]
fn a_tag_that_is_stamped_all_the_time_pushes_no_other_out() {
    let stamps = Stamps::new(100);
    for number in 0..16 {
        stamps.stamp(&[tag(number)], Mode::Hard, at(1));
    }
    for time in 2..10_000 {
        stamps.stamp(&[tag(3)], Mode::Hard, at(time));
    }
    assert_eq!((stamps.len(), stamps.floor()), (16, Position::ZERO));
}

proptest! {
    #[test]
    fn what_is_forgotten_is_never_trusted(
        capacity in 1usize..64,
        stamped in prop::collection::vec((0u64..100, any::<bool>()), 1..300),
        asked in prop::collection::vec((0u64..300, 0u64..100), 20),
    ) {
        let stamps = Stamps::new(capacity);
        let mut reference: HashMap<u64, (u64, u64)> = HashMap::new();
        for (time, (number, is_hard)) in (1..).zip(&stamped) {
            let mode = if *is_hard { Mode::Hard } else { Mode::Soft };
            stamps.stamp(&[tag(*number)], mode, at(time));
            let (hard, soft) = reference.entry(*number).or_default();
            *(if *is_hard { hard } else { soft }) = time;
        }
        prop_assert!(stamps.len() <= capacity.div_ceil(16) * 16);
        for (t0, number) in asked {
            let (hard, soft) = reference.get(&number).copied().unwrap_or_default();
            let standing = stamps.standing(at(t0), &[tag(number)]);
            if hard > t0 {
                prop_assert!(matches!(standing, Standing::Invalidated | Standing::BelowFloor));
            } else if soft > t0 {
                prop_assert!(matches!(standing, Standing::Softly(_) | Standing::BelowFloor));
            }
            if capacity >= 1600 {
                prop_assert_ne!(standing, Standing::BelowFloor);
            }
        }
    }
}
