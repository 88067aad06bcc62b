//! Gives the decoder's check whatever the fuzzer comes up with.
//!
//! The files are included, not the crate: without the web framework around them they are compiled in seconds.

#![no_main]

#[path = "../../src/sse/check.rs"]
mod check;
#[path = "../../src/sse/decode.rs"]
mod decode;
#[path = "../../src/sse/interpret.rs"]
mod interpret;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check::check(input));
