//! The sample commands, as requests.

use crate::support::Server;
use reqwest::RequestBuilder;

/// What a sample command asks of a server: the options of curl that the samples use, and no others.
pub fn curl(server: &Server, command: &str) -> RequestBuilder {
    let mut words = words(command).into_iter();
    assert_eq!(words.next().as_deref(), Some("curl"));
    let (mut headers, mut body, mut query, mut url) = (Vec::new(), None, None, None);
    let mut deletes = false;
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap();
        match word.as_str() {
            "--no-buffer" => {}
            "--request" => deletes = value() == "DELETE",
            "--get" => query = Some(String::new()),
            "--header" => headers.push(value()),
            "--json" => {
                headers.push("Content-Type: application/json".to_owned());
                body = Some(value());
            }
            "--data" => {
                headers.push("Content-Type: application/x-www-form-urlencoded".to_owned());
                body = Some(value());
            }
            "--data-urlencode" => query = Some(value()),
            "--data-binary" => body = Some(file(&value())),
            url_of_it if url_of_it.starts_with("http://127.0.0.1:3000/") => url = Some(url_of_it.to_owned()),
            other => panic!("{command}: {other}"),
        }
    }
    let url = url.unwrap().replace("http://127.0.0.1:3000", &server.url);
    let mut request = match body {
        Some(body) => server.client.post(url).body(body),
        None if deletes => server.client.delete(url),
        None => server.client.get(url),
    };
    if let Some((name, value)) = query.as_deref().and_then(|query| query.split_once('=')) {
        request = request.query(&[(name, value)]);
    }
    headers.iter().fold(request, |request, header| {
        let (name, value) = header.split_once(": ").unwrap();
        request.header(name, value)
    })
}

/// A file of the kind that the sample names.
fn file(name: &str) -> String {
    match name.rsplit('.').next() {
        Some("ndjson") => "{\"data\": 1}\n{\"data\": 2}\n".to_owned(),
        Some("png") => "\u{89}PNG".to_owned(),
        _ => panic!("{name}"),
    }
}

/// The words of a command as a shell splits them, where nothing but single quotes is special.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for character in command.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            // What a shell would take for something else.
            '"' | '$' | '&' | '*' | '>' | '?' | '\\' if !quoted => {
                panic!("{command}: {character} is not quoted")
            }
            other => word.push(other),
        }
    }
    words.push(word);
    words
}
