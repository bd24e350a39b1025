//! Positions and their text.

use proptest::prelude::*;

use crate::{NotAPosition, Position};

#[test]
fn only_two_numbers_are_a_position() {
    for text in [
        "",
        "-",
        "1",
        "1-",
        "-1",
        "1-2-3",
        "+1-2",
        "1--2",
        " 1-2",
        "1-2 ",
        "99999999999999999999-0",
    ] {
        assert_eq!(text.parse::<Position>(), Err(NotAPosition), "{text:?}");
    }
}

proptest! {
    #[test]
    fn text_is_read_as_it_was_written(milliseconds: u64, sequence: u64) {
        let position = Position { milliseconds, sequence };
        prop_assert_eq!(position.to_string().parse(), Ok(position));
        prop_assert!(position.next() > position || position.milliseconds == u64::MAX);
    }

    #[test]
    fn milliseconds_come_first(a: (u64, u64), b: (u64, u64)) {
        let position = |(milliseconds, sequence)| Position { milliseconds, sequence };
        prop_assert_eq!(position(a).cmp(&position(b)), a.cmp(&b));
    }
}
