//! Gives the reader of tokens whatever the fuzzer comes up with, as a token and as what stands in one.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tidings::check::tokens(input));
