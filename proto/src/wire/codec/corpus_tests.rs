//! The bytes of every wire type, kept in `tests/corpus/protocol-N`: what travels is known by position alone, so whoever
//! changes a type, or the order of methods or words, sees this fail and raises `PROTOCOL`. They are mutated here too.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::sample::Index;

use super::samples::{Sample, samples};
use crate::PROTOCOL;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/corpus/protocol-{PROTOCOL}"))
}

#[test]
fn the_bytes_of_every_wire_type_are_those_kept_for_this_protocol_number() {
    let kept: BTreeSet<String> = fs::read_dir(folder())
        .expect("a raised PROTOCOL needs its own corpus: see keep_the_bytes_of_a_new_protocol_number")
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let samples = samples();
    assert_eq!(kept, samples.iter().map(|sample| sample.name.to_owned()).collect());
    for Sample { name, bytes, .. } in samples {
        let kept = fs::read(folder().join(name)).unwrap();
        assert!(
            kept == bytes,
            "{name} travels in another way than it did: raise PROTOCOL\n{kept:?}\n{bytes:?}"
        );
    }
}

/// Writes the bytes of a protocol number that has none yet; never those of one that has.
#[test]
#[ignore = "run by hand after PROTOCOL was raised"]
fn keep_the_bytes_of_a_new_protocol_number() {
    fs::create_dir(folder()).expect("this protocol number has its bytes: raise PROTOCOL first");
    for Sample { name, bytes, .. } in samples() {
        fs::write(folder().join(name), bytes).unwrap();
    }
}

#[test]
fn a_kept_value_that_is_cut_anywhere_is_refused() {
    for Sample { name, bytes, again } in samples() {
        assert_eq!(again(&bytes).unwrap(), bytes, "{name}");
        for length in 0..bytes.len() {
            assert!(again(&bytes[..length]).is_err(), "{name} at {length}");
        }
    }
}

#[test]
fn a_kept_value_with_any_bit_turned_is_refused_or_means_just_what_it_says() {
    for Sample { name, mut bytes, again } in samples() {
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(read) = again(&bytes) {
                assert_eq!(read, bytes, "{name} at bit {bit}");
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_kept_value_with_parts_of_others_is_refused_or_means_just_what_it_says(
        (one, other) in any::<(Index, Index)>(),
        cuts in any::<[Index; 3]>(),
        length in prop::option::of(prop_oneof![Just(u64::MAX), Just(1 << 40), Just(16 << 20), 0..64_u64]),
    ) {
        let samples = samples();
        let (one, other) = (one.get(&samples), other.get(&samples));
        let mut bytes = one.bytes.clone();
        let part = &other.bytes[cuts[0].index(other.bytes.len())..];
        let at = cuts[1].index(bytes.len());
        bytes.splice(at..(at + part.len()).min(bytes.len()), part.iter().copied());
        if let Some(length) = length {
            let at = cuts[2].index(bytes.len());
            let end = (at + 8).min(bytes.len());
            bytes[at..end].copy_from_slice(&length.to_le_bytes()[..end - at]);
        }
        if let Ok(read) = (one.again)(&bytes) {
            prop_assert_eq!(read, bytes);
        }
    }
}
