//! What is written is read as it was, and nothing else is read at all.

use proptest::prelude::*;

use super::*;
use crate::testing;

fn stored() -> impl Strategy<Value = Stored> {
    let durations = || (0u64..1 << 40).prop_map(Duration::from_millis);
    let times = (durations(), durations(), durations());
    let payload = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..3000),
        "[ab]{0,3000}".prop_map(String::into_bytes),
    ];
    let stamps = (any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>());
    let tags = prop::collection::vec(any::<u64>(), 0..MOST_TAGS);
    (stamps, times, 0u64..1 << 40, any::<u32>(), tags, payload).prop_map(
        |((generation, milliseconds, sequence, created), times, cost, flags, tags, payload)| {
            let entry = Entry {
                t0: Position {
                    milliseconds,
                    sequence,
                },
                tags: tags.into_iter().map(Tag::from_bits).collect(),
                created,
                ttl: times.0,
                stale_while_revalidate: times.1,
                stale_if_error: times.2,
                cost: Duration::from_micros(cost),
                flags,
                payload: payload.into(),
            };
            Stored { generation, entry }
        },
    )
}

fn plain(payload: Vec<u8>) -> Stored {
    let mut entry = testing::entry(b"");
    entry.payload = payload.into();
    Stored {
        generation: 7,
        entry,
    }
}

#[test]
fn what_compresses_well_is_compressed_and_what_does_not_is_not() {
    let text = br#"{"__typename":"User","name":"Ada"},"#.repeat(100);
    let length = plain(text.clone()).encode().len();
    assert!(length < text.len() / 5, "{length}");
    let noise: Vec<u8> = blake3::Hasher::new().finalize_xof().bytes(4096);
    assert!(plain(noise).encode().len() > 4096);
    let short = vec![b'a'; COMPRESSED_FROM - 1];
    assert!(plain(short).encode().len() >= COMPRESSED_FROM - 1);
}

#[test]
fn a_payload_that_unpacks_to_more_than_it_says_is_not_read() {
    let mut bytes = plain(vec![b'a'; MOST_BYTES]).encode();
    assert_eq!(bytes[1], ZSTD);
    assert!(Stored::decode(&bytes.clone().into()).is_some());
    // The length of the payload stands before the compressed bytes, in three bytes.
    let magic = bytes
        .windows(4)
        .position(|window| window == [0x28, 0xb5, 0x2f, 0xfd])
        .unwrap();
    bytes[magic - 3] |= 1;
    assert!(
        Stored::decode(&bytes.clone().into()).is_none(),
        "longer than it may be"
    );
    bytes[magic - 3..magic].copy_from_slice(&[0xff, 0xff, 0x3f]);
    assert!(
        Stored::decode(&bytes.into()).is_none(),
        "shorter than it is"
    );
}

#[test]
fn what_is_added_to_a_payload_is_little() {
    let mut stored = plain(b"{}".to_vec());
    stored.entry.t0 = testing::at(1_700_000_000_000);
    stored.entry.created = 1_700_000_010_000;
    stored.generation = u64::MAX;
    stored.entry.tags = (0..6).map(Tag::from_bits).collect();
    let added = stored.encode().len() - stored.entry.payload.len();
    assert!(added <= 80, "{added}");
}

trait Noise {
    fn bytes(self, length: usize) -> Vec<u8>;
}

impl Noise for blake3::OutputReader {
    fn bytes(mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.fill(&mut bytes);
        bytes
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(stored in stored()) {
        let bytes = Bytes::from(stored.encode());
        prop_assert_eq!(Stored::decode(&bytes), Some(stored));
    }

    #[test]
    fn parts_of_it_and_more_than_it_are_no_such_entry(
        stored in stored(),
        cut: prop::sample::Index,
        more: u8,
    ) {
        let mut bytes = stored.encode();
        let cut = cut.index(bytes.len());
        let part = Stored::decode(&Bytes::copy_from_slice(&bytes[..cut]));
        prop_assert_ne!(part, Some(stored.clone()));
        bytes.push(more);
        prop_assert_ne!(Stored::decode(&bytes.into()), Some(stored));
    }

    #[test]
    fn damage_is_survived(stored in stored(), at: prop::sample::Index, to: u8) {
        let mut bytes = stored.encode();
        let at = at.index(bytes.len());
        bytes[at] = to;
        if let Some(stored) = Stored::decode(&bytes.into()) {
            prop_assert!(stored.entry.is_within_limits());
        }
    }

    #[test]
    fn any_bytes_are_survived(mut bytes: Vec<u8>, packing in 0u8..3) {
        let _ = Stored::decode(&bytes.clone().into());
        bytes.splice(0..0, [VERSION, packing]);
        let _ = Stored::decode(&bytes.into());
    }
}
