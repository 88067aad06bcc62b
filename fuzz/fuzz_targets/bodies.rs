//! Gives the reader of publishes whatever the fuzzer comes up with.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tidings::check::bodies(input));
