//! What is wrong, or only strange, in the bytes of a connection; and headers that do nothing.

use super::Stage;
use crate::support::{Server, raw::Raw, send, text, tokens::token};
use tokio::io::AsyncWriteExt;

/// What is sent over one connection, by its name, and the statuses of the answers to it.
struct Wire {
    name: String,
    bytes: Vec<u8>,
    expected: &'static [&'static str],
    /// Whether the client ends its side after that.
    is_over: bool,
}

fn wire(name: &str, bytes: impl Into<Vec<u8>>, expected: &'static [&'static str]) -> Wire {
    Wire { name: name.to_owned(), bytes: bytes.into(), expected, is_over: false }
}

const BAD: &[&str] = &["400"];
const PUBLISH: &str = "POST /api/channels/open.x/messages HTTP/1.1\r\nhost: x\r\n";
const CHUNKED: &str = "connection: close\r\ntransfer-encoding: chunked\r\n\r\n";
/// Refused for the sake of its path, before its body is read.
const REFUSED: &str = "POST /api/channels/a..b/messages HTTP/1.1\r\nhost: x\r\n";
/// What must not be taken for a request where it stands in another's body.
const HIDDEN: &str = "POST /api/channels/open.x/messages HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                      content-length: 8\r\n\r\nsmuggled";
const LAST: &str = "host: x\r\nconnection: close\r\n\r\n";

fn groups() -> Vec<(&'static str, Vec<Wire>)> {
    vec![
        ("request lines", request_lines()),
        ("headers", headers()),
        ("lengths", lengths()),
        ("chunks", chunks()),
        ("two requests in one", smuggled()),
        ("targets", targets()),
        ("names of the server", hosts()),
    ]
}

fn request_lines() -> Vec<Wire> {
    let lines: [&[u8]; 24] = [
        b"GET  / HTTP/1.1",
        b"GET\t/ HTTP/1.1",
        b" GET / HTTP/1.1",
        b"GET / HTTP/1.1 ",
        b"GET / HTTP/1.1 x",
        b"GET / http/1.1",
        b"GET / HTTP/1",
        b"GET / HTTP/01.1",
        b"GET / HTTP/2.0",
        b"GET / HTTPS/1.1",
        b"GET /",
        b"GET HTTP/1.1",
        b"G\"T / HTTP/1.1",
        b"GET: / HTTP/1.1",
        b"G\xc3\x89T / HTTP/1.1",
        b"GET api/events HTTP/1.1",
        b"GET ?x HTTP/1.1",
        b"GET http:///x HTTP/1.1",
        b"GET http://x:y:z@/ HTTP/1.1",
        b"GET /\xff HTTP/1.1",
        b"GET /\x7f HTTP/1.1",
        b"GET /\x1b[31m HTTP/1.1",
        b"GET /<x> HTTP/1.1",
        b"HTTP/1.1 200 OK",
    ];
    lines
        .into_iter()
        .map(|line| wire(&line.escape_ascii().to_string(), [line, b"\r\nhost: x\r\n\r\n"].concat(), BAD))
        .collect()
}

fn headers() -> Vec<Wire> {
    let lines = [
        ": x",
        "x(y): z",
        "x=y",
        "é: x",
        "x\t: y",
        "x\0y: z",
        "x\ry: z",
        "x: \u{1}",
        "x: \u{1b}[31m",
        "x: \u{7f}",
        "x: a\rb",
        " x: y",
        "\tx: y",
        "x: a\r\n\tb",
    ];
    let mut wires: Vec<Wire> = lines
        .into_iter()
        .map(|line| wire(line, format!("GET /api/x HTTP/1.1\r\n{line}\r\n{LAST}"), BAD))
        .collect();
    let many: String = (0..101).map(|number| format!("h{number}: x\r\n")).collect();
    wires.push(wire("101 headers", format!("GET /api/x HTTP/1.1\r\n{many}\r\n"), &["431"]));
    wires.push(wire("no end", "GET /api/x HTTP/1.1\r\nhost: x\r\n", &[]));
    let over = wire("no end, and over", "GET /api/x HTTP/1.1\r\nhost: x\r\n", &[]);
    wires.push(Wire { is_over: true, ..over });
    wires.push(wire("bare LF", "GET /api/x HTTP/1.1\nhost: x\nconnection: close\n\n", &["404"]));
    wires.push(wire("bare CR", "GET /api/x HTTP/1.1\rhost: x\r\r", BAD));
    wires
}

fn lengths() -> Vec<Wire> {
    let mut wires: Vec<Wire> = [
        "content-length: 1, 1",
        "content-length: 0x1",
        "content-length:",
        "content-length: 1e1",
        "content-length: 1.0",
        "content-length: 1 1",
        "content-length: 1;",
        "content-length: １",
        "content-length: 0\r\ncontent-length: 00005",
        "content-length: 1\r\ntransfer-encoding: x",
        "transfer-encoding:",
        "transfer-encoding : chunked",
        "transfer-encoding:\u{b}chunked",
        "transfer-encoding:\r\n chunked",
        "transfer-encoding: xchunked",
        "transfer-encoding: \"chunked\"",
        "transfer-encoding: chunked;q=1",
        "transfer-encoding: chunked,",
        "transfer-encoding: identity",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity",
    ]
    .into_iter()
    .map(|line| wire(line, format!("{PUBLISH}{line}\r\n\r\nx"), BAD))
    .collect();
    let old = "POST /api/channels/open.x/messages HTTP/1.0\r\n";
    wires.extend([
        wire("chunks in HTTP/1.0", format!("{old}{CHUNKED}1\r\nx\r\n0\r\n\r\n"), BAD),
        wire("2^64 - 1", format!("{PUBLISH}content-length: 18446744073709551615\r\n\r\nx"), &["431"]),
        wire("2^64 - 3", format!("{PUBLISH}content-length: 18446744073709551613\r\n\r\nx"), &["413"]),
        wire("much said, little sent", format!("{PUBLISH}content-length: 5000\r\n\r\nx"), &["413"]),
        wire("a body that stops", format!("{PUBLISH}content-length: 5\r\n\r\nx"), &["408"]),
    ]);
    wires
}

fn chunks() -> Vec<Wire> {
    let long = "a".repeat(70_000);
    let mut wires: Vec<Wire> = [
        "0x1\r\nx\r\n0\r\n\r\n",
        "-1\r\nx\r\n0\r\n\r\n",
        "+1\r\nx\r\n0\r\n\r\n",
        " 1\r\nx\r\n0\r\n\r\n",
        "\r\nx\r\n0\r\n\r\n",
        "1 1\r\nx\r\n0\r\n\r\n",
        "1_0\r\nx\r\n0\r\n\r\n",
        "10000000000000001\r\nx\r\n0\r\n\r\n",
        "1\nx\r\n0\r\n\r\n",
        "1;a\nx\r\n0\r\n\r\n",
        "1\r\nx\n0\r\n\r\n",
        "1\r\nxy\r\n0\r\n\r\n",
        "1\r\nx\r\n0\r\nbad\r\n\r\n",
        "1\r\nx\r\n0\r\nb c: d\r\n\r\n",
        &format!("1\r\nx\r\n0\r\n{}\r\n", "a: b\r\n".repeat(101)),
        &format!("1\r\nx\r\n0\r\na: {long}\r\n\r\n"),
        &format!("1;{long}\r\nx\r\n0\r\n\r\n"),
    ]
    .into_iter()
    .map(|body| wire(&body.chars().take(40).collect::<String>(), format!("{PUBLISH}{CHUNKED}{body}"), BAD))
    .collect();
    let large = format!("1388\r\n{}\r\n0\r\n\r\n", "x".repeat(5_000));
    wires.push(wire("too large in one chunk", format!("{PUBLISH}{CHUNKED}{large}"), &["413"]));
    let small = format!("{}0\r\n\r\n", "1\r\nx\r\n".repeat(4_097));
    wires.push(wire("too large byte by byte", format!("{PUBLISH}{CHUNKED}{small}"), &["413"]));
    for body in ["5\r\nx", "1\r\nx\r\n", "1\r\nx\r\n0\r\n"] {
        wires.push(Wire { is_over: true, ..wire(body, format!("{PUBLISH}{CHUNKED}{body}"), BAD) });
    }
    wires
}

fn smuggled() -> Vec<Wire> {
    let length = HIDDEN.len();
    let none = format!("GET /api/x HTTP/1.1\r\n{LAST}");
    let alive = format!("GET /healthz HTTP/1.1\r\n{LAST}");
    let open = "GET /api/x HTTP/1.1\r\nhost: x\r\n\r\n";
    let chunked = "transfer-encoding: chunked\r\n";
    vec![
        wire("CL.TE", format!("{REFUSED}content-length: 4\r\n{chunked}\r\n0\r\n\r\n{HIDDEN}"), BAD),
        wire(
            "TE.CL",
            format!("{REFUSED}{chunked}content-length: 4\r\n\r\n{length:x}\r\n{HIDDEN}\r\n0\r\n\r\n"),
            BAD,
        ),
        wire("TE.TE", format!("{REFUSED}{chunked}transfer-encoding: x\r\n\r\n0\r\n\r\n{HIDDEN}"), BAD),
        wire("CL.CL", format!("{REFUSED}content-length: 0\r\ncontent-length: {length}\r\n\r\n{HIDDEN}"), BAD),
        wire(
            "a body that looks like a request",
            format!("GET /api/x HTTP/1.1\r\ncontent-length: {length}\r\n{LAST}{HIDDEN}"),
            &["404"],
        ),
        wire("after the last request", format!("{none}{HIDDEN}"), &["404"]),
        wire("after HTTP/1.0", format!("GET /api/x HTTP/1.0\r\n\r\n{HIDDEN}"), &["404"]),
        wire("after a bad chunk", format!("{REFUSED}{chunked}\r\nz\r\n{HIDDEN}"), BAD),
        wire("after nonsense", format!("\u{1}\r\n\r\n{HIDDEN}"), BAD),
        wire("three in a row", format!("{open}{open}{alive}"), &["404", "404", "200"]),
        wire("one after a body", format!("{REFUSED}content-length: 1\r\n\r\nx{alive}"), &["400", "200"]),
        wire("nonsense after one", format!("{open}\u{1}\r\n\r\n"), &["404", "400"]),
        wire(
            "asked before it is sent",
            format!("{REFUSED}expect: 100-continue\r\ncontent-length: 8\r\n\r\n"),
            BAD,
        ),
        wire(
            "asked before too much is sent",
            format!("{PUBLISH}expect: 100-continue\r\ncontent-length: 5000\r\n\r\n"),
            &["413"],
        ),
    ]
}

fn targets() -> Vec<Wire> {
    let upgrade = "GET /api/x HTTP/1.1\r\nconnection: upgrade\r\nupgrade:";
    let mut wires: Vec<Wire> = [
        "GET http://evil.example/api/x",
        "GET ftp://evil.example/api/x",
        "GET x:80",
        "GET x",
        "GET *",
        "GET 169.254.169.254:80",
        "CONNECT evil.example:443",
        "OPTIONS *",
        "HEAD /api/x",
    ]
    .into_iter()
    .map(|line| wire(line, format!("{line} HTTP/1.1\r\n{LAST}"), &["404"]))
    .collect();
    for line in ["CONNECT /healthz", "TRACE /healthz", "TRACE http://evil.example/healthz"] {
        wires.push(wire(line, format!("{line} HTTP/1.1\r\n{LAST}"), &["405"]));
    }
    wires.push(wire("HEAD of no stream", format!("HEAD /api/events HTTP/1.1\r\n{LAST}"), BAD));
    wires.push(wire("a web socket", format!("{upgrade} websocket\r\n{LAST}"), &["404"]));
    wires.push(wire(
        "HTTP/2 by upgrade",
        format!("{upgrade} h2c\r\nhttp2-settings: AAMAAABk\r\n{LAST}"),
        &["404"],
    ));
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    wires.push(wire("HTTP/2 at once", preface, &[]));
    wires
}

fn hosts() -> Vec<Wire> {
    [
        "",
        "host: x\r\nhost: y\r\n",
        "host: x\r\nhost: x\r\n",
        "host: x/y\r\n",
        "host: a b\r\n",
        "host: x@y\r\n",
    ]
    .into_iter()
    .map(|host| {
        wire(
            &format!("{host:?} as the name of the server"),
            format!("GET /healthz HTTP/1.1\r\n{host}connection: close\r\n\r\n"),
            BAD,
        )
    })
    .collect()
}

/// What is wrong with the answers.
async fn fault(server: &Server, wire: &Wire) -> Option<String> {
    let mut raw = Raw::open(server).await;
    // The server may close the connection before all is sent.
    let _ = raw.0.write_all(&wire.bytes).await;
    if wire.is_over {
        let _ = raw.0.shutdown().await;
    }
    let answers = raw.rest().await;
    let statuses: Vec<&str> =
        answers.split("HTTP/1.").skip(1).filter_map(|answer| answer.get(2..5)).collect();
    let Wire { name, expected, .. } = wire;
    (statuses != *expected).then(|| format!("{name:?}: {statuses:?} instead of {expected:?}"))
}

#[tokio::test]
async fn no_bytes_are_taken_for_what_they_are_not() {
    let mut stage = Stage::set().await;
    let mut faults = Vec::new();
    for (group, wires) in groups() {
        for wire in &wires {
            faults.extend(fault(&stage.server, wire).await);
        }
        faults.extend(stage.change(group).await);
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn what_stands_in_a_header_is_not_given_back() {
    let mut stage = Stage::set().await;
    let mut faults = Vec::new();
    let long = "evil".repeat(17);
    let values: [&[u8]; 12] = [
        b"evil evil",
        b"evil\tx",
        b"<evil>",
        b"\"evil\"",
        b"evil;x",
        b"evil,evil",
        b"evil:evil",
        b"evil/../x",
        b"evil%0d%0aset-cookie:x=1",
        b"evil\xc3\xa9",
        b"evil\xff",
        long.as_bytes(),
    ];
    for (path, expected) in [("/healthz", "200"), ("/", "200"), ("/api/channels", "200"), ("/api/x", "404")] {
        for (name, before) in [
            ("x-request-id", ""),
            ("x-forwarded-for", ""),
            ("x-forwarded-for", "127.0.0.1, "),
            ("x-forwarded-proto", ""),
            ("x-forwarded-host", ""),
            ("accept-language", ""),
            ("cookie", "language="),
            ("referer", "http://x/"),
        ] {
            for value in values {
                let head = format!("GET {path} HTTP/1.1\r\n{name}: {before}");
                let mut raw = Raw::open(&stage.server).await;
                raw.0.write_all(&[head.as_bytes(), value, b"\r\n", LAST.as_bytes()].concat()).await.unwrap();
                let answer = raw.rest().await;
                if answer.get(9..12) != Some(expected) || answer.to_ascii_lowercase().contains("evil") {
                    faults.push(format!("{path} {name}: {before}{}\n{answer}", value.escape_ascii()));
                }
            }
        }
    }
    faults.extend(stage.change("garbage in headers").await);
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn no_script_is_given_back_by_a_page() {
    let mut stage = Stage::set().await;
    let script = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let mut faults = Vec::new();
    for path in [
        "/?channel=",
        "/?url=",
        "/?url=http://x/",
        "/?nothing=",
        "/?",
        "/x",
        "/rooms?room=",
        "/rooms/",
        "/sign-in?back=/",
        "/board?",
        "/replies?before=",
    ] {
        for token in [None, Some(token(&[">"], &[">"]))] {
            let mut request = stage.server.get(&format!("{path}{script}"));
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let page = text(send(request).await).await;
            if page.to_ascii_lowercase().contains("<script>alert") {
                faults.push(format!("{path}: {page}"));
            }
        }
    }
    for path in ["/", "/docs/api", "/sign-in", "/x"] {
        let request = stage.server.get(path).header("host", "x\"><script>alert(1)</script>");
        if text(send(request).await).await.to_ascii_lowercase().contains("<script>alert") {
            faults.push(format!("{path}: the name of the server is a script"));
        }
    }
    faults.extend(stage.change("scripts").await);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
