//! The checks that `fuzz/` runs with what a fuzzer comes up with, and the tests with what was found before.

pub use crate::{
    access::check::{patterns, tokens},
    server::check_body as bodies,
};

/// Gives a check every file of the corpus of this name.
///
/// # Panics
/// Where the check does, or there is no such corpus.
#[cfg(test)]
pub(crate) fn corpus(name: &str, check: fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        check(&std::fs::read(path).unwrap());
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}
