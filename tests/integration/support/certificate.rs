//! A certificate for tests.

use std::{fs, path::Path};

/// Makes a certificate for 127.0.0.1 and writes it and its key into `cert.pem` and `key.pem` of a folder; the certificate, to
/// know it by.
pub fn certify(folder: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()].to_vec()).unwrap();
    fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.pem()
}

/// The path of a file in it, as a setting.
pub fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}
