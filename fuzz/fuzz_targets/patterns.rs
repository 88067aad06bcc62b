//! Gives channels, patterns and rights whatever the fuzzer comes up with.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tidings::check::patterns(input));
