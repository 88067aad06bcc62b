//! What is no HTTP, or tries to be two things at once.

/// A request by its name, its bytes, and the statuses of the answers to it.
type Malformed = (&'static str, Vec<u8>, &'static [&'static str]);

/// All of them. What two servers could read in two ways is read in none.
pub fn all() -> Vec<Malformed> {
    const PUBLISH: &str = "POST /api/channels/open.x/messages HTTP/1.1\r\nhost: x\r\n";
    let bad = &["400"][..];
    let long = "x".repeat(200_000);
    let many: String = (0..200).map(|number| format!("h{number}: x\r\n")).collect();
    let plain: [(&str, String, &[&str]); 26] = [
        ("HTTP/0.9", "GET /\r\n\r\n".into(), bad),
        ("HTTP/1.2", "GET / HTTP/1.2\r\nhost: x\r\n\r\n".into(), bad),
        ("HTTP/3", "GET / HTTP/3\r\nhost: x\r\n\r\n".into(), bad),
        ("the beginning of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), &[]),
        ("no request line", "\r\n\r\n".into(), &[]),
        ("nonsense", "\u{1}\u{2}\u{3}\r\n\r\n".into(), bad),
        ("a TLS hello", "\u{16}\u{3}\u{1}\u{2}\0\u{1}".into(), bad),
        ("a space before the colon", "GET /healthz HTTP/1.1\r\nhost : x\r\n\r\n".into(), bad),
        ("a header without a colon", "GET /healthz HTTP/1.1\r\nhost\r\n\r\n".into(), bad),
        ("a folded header", "GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: b\r\n c\r\n\r\n".into(), bad),
        ("NUL in a header", "GET /healthz HTTP/1.1\r\nhost: x\0\r\n\r\n".into(), bad),
        ("NUL in the path", "GET /heal\0thz HTTP/1.1\r\nhost: x\r\n\r\n".into(), bad),
        ("a space in the path", "GET /a b HTTP/1.1\r\nhost: x\r\n\r\n".into(), bad),
        (
            "a header of 200,000 bytes",
            format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: {long}\r\n\r\n"),
            &["431"],
        ),
        ("a path of 200,000 bytes", format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n"), &["431"]),
        ("200 headers", format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{many}\r\n"), &["431"]),
        ("a length that is none", format!("{PUBLISH}content-length: x\r\n\r\nx"), bad),
        ("a negative length", format!("{PUBLISH}content-length: -1\r\n\r\nx"), bad),
        ("a signed length", format!("{PUBLISH}content-length: +1\r\n\r\nx"), bad),
        ("two lengths", format!("{PUBLISH}content-length: 1\r\ncontent-length: 2\r\n\r\nxx"), bad),
        ("an enormous length", format!("{PUBLISH}content-length: 99999999999999999999\r\n\r\nx"), bad),
        (
            "a size of a chunk that is none",
            format!("{PUBLISH}transfer-encoding: chunked\r\n\r\nz\r\nx\r\n0\r\n\r\n"),
            bad,
        ),
        (
            "an enormous chunk",
            format!("{PUBLISH}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nx"),
            bad,
        ),
        ("an unknown transfer encoding", format!("{PUBLISH}transfer-encoding: gzip\r\n\r\nx"), bad),
        (
            "chunked that is not the last",
            format!("{PUBLISH}transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
            bad,
        ),
        ("a body that breaks off", format!("{PUBLISH}content-length: 9\r\n\r\nx"), bad),
    ];
    plain.into_iter().map(|(name, text, allowed)| (name, text.into_bytes(), allowed)).collect()
}
