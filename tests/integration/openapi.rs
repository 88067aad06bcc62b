//! `GET /api/openapi.json`: that the description is a sound OpenAPI 3.1 document, and that what it says is true of the
//! running server. `/docs/api`: that people find the same there.

mod curl;
mod difference;
mod schema;

use crate::support::{Server, json, problem, send, text};
use curl::curl;
use difference::difference;
use reqwest::{Method, RequestBuilder};
use schema::Document;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/integration/openapi.json");

/// Routes that are for the page and for browsers, and the API's refusals of what there is not.
const UNDOCUMENTED: [&str; 6] = ["/", "/api", "/api/", "/api/{*path}", "/api/page/{function}", "/docs/api"];

async fn document(server: &Server) -> Document {
    Document(json(send(server.get("/api/openapi.json")).await).await)
}

/// A request with these parameters, each by its own name and place; lists are given item by item.
fn request(server: &Server, method: &str, path: &str, parameters: &[(&Value, &Value)]) -> RequestBuilder {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut path = path.to_owned();
    let (mut query, mut headers) = (Vec::new(), Vec::new());
    for (parameter, value) in parameters {
        let name = parameter["name"].as_str().unwrap();
        let values = value.as_array().cloned().unwrap_or_else(|| vec![(*value).clone()]);
        for value in values.iter().map(plain) {
            match parameter["in"].as_str().unwrap() {
                "path" => path = path.replace(&format!("{{{name}}}"), &value),
                "query" => query.push((name.to_owned(), value)),
                "header" => headers.push((name.to_owned(), value)),
                other => panic!("a parameter in {other}"),
            }
        }
    }
    let method: Method = method.to_uppercase().parse().unwrap();
    let request = server.client.request(method, format!("{}{path}", server.url)).query(&query);
    headers.into_iter().fold(request, |request, (name, value)| request.header(name, value))
}

/// The examples of the parameters that must be given.
fn required<'a>(parameters: &[&'a Value]) -> Vec<(&'a Value, &'a Value)> {
    let required = parameters.iter().filter(|parameter| parameter["required"] == true);
    required.map(|parameter| (*parameter, &parameter["example"])).collect()
}

#[tokio::test]
async fn the_document_is_the_golden_file() {
    let server = Server::start(&[]).await;
    let response = send(server.get("/api/openapi.json")).await;
    assert_eq!(response.headers()["content-type"], "application/json");
    let now = text(response).await;
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, &now).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    assert!(
        golden == now,
        "the API's description is not tests/integration/openapi.json any more:\n{}\nIf that is meant, accept it with\n\
         UPDATE_GOLDEN=1 cargo test --features ssr --test integration openapi",
        difference(&golden, &now)
    );
}

#[tokio::test]
async fn the_document_is_sound() {
    let server = Server::start(&[]).await;
    let document = document(&server).await;
    assert_eq!(document.0["openapi"], "3.1.0");
    for (place, target) in document.references() {
        assert!(document.0.pointer(&target).is_some(), "{place} refers to #{target}, which is not there");
    }
    let (mut ids, mut tags) = (BTreeSet::new(), BTreeSet::new());
    for (path, method, operation) in document.operations() {
        let place = format!("{method} {path}");
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{place}: its id is not its own"
        );
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{place}");
        tags.extend(operation["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()));
        let parameters = document.parameters(&path, operation);
        let names: BTreeSet<_> =
            parameters.iter().map(|one| (one["in"].to_string(), one["name"].to_string())).collect();
        assert_eq!(names.len(), parameters.len(), "{place}: a parameter stands there twice");
        for parameter in &parameters {
            assert!(
                parameter["schema"].is_object() && !parameter["description"].as_str().unwrap().is_empty()
            );
            // A permit is valid for a minute: none stands in a document.
            if parameter["name"] == "permit" {
                continue;
            }
            document.check(
                &parameter["schema"],
                &parameter["example"],
                &format!("{place} {}", parameter["name"]),
            );
        }
        for name in path.split('{').skip(1).map(|rest| rest.split_once('}').unwrap().0) {
            let is_it = |one: &&&Value| one["name"] == name && one["in"] == "path" && one["required"] == true;
            assert!(parameters.iter().any(|one| is_it(&one)), "{place}: {name} is not described");
        }
        let (success, refusals): (Vec<_>, _) = operation["responses"]
            .as_object()
            .unwrap()
            .iter()
            .partition(|(status, _)| status.starts_with('2'));
        assert!(!success.is_empty(), "{place}");
        for (status, response) in refusals {
            let response = document.resolve(response);
            let types: Vec<_> = response["content"].as_object().unwrap().keys().collect();
            assert_eq!(types, ["application/problem+json"], "{place} {status}");
            let example = &response["content"]["application/problem+json"]["example"];
            assert_eq!(example["status"].to_string(), *status, "{place}");
        }
    }
    let described =
        document.0["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap().to_owned());
    assert_eq!(described.collect::<BTreeSet<_>>(), tags);
    for (place, schema, example) in document.examples() {
        document.check(schema, example, &place);
    }
}

#[tokio::test]
async fn every_route_is_described_and_every_description_is_a_route() {
    let server = Server::fast().await;
    let document = document(&server).await;
    let source = include_str!("../../src/server.rs").replace("openapi::PATH", "\"/api/openapi.json\"");
    let source = source.replace("DEMO_PATH", "\"/api/sse\"");
    let routes = source.split(".route(\"").skip(1).map(|rest| rest.split_once('"').unwrap());
    let mut in_code = BTreeMap::new();
    for (path, rest) in routes.filter(|(path, _)| !UNDOCUMENTED.contains(path)) {
        let handlers = rest.lines().next().unwrap();
        let methods =
            ["get", "post", "delete"].into_iter().filter(|method| handlers.contains(&format!("{method}(")));
        in_code.insert(path.to_owned(), methods.map(str::to_owned).collect::<BTreeSet<_>>());
    }
    let mut described: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, method, operation) in document.operations() {
        let answer =
            send(request(&server, &method, &path, &required(&document.parameters(&path, operation)))).await;
        let status = answer.status();
        if method == "delete" {
            assert_eq!((status.as_u16(), json(answer).await["title"].clone()), (404, "No such reply".into()));
        } else {
            assert!(![404, 405, 500].contains(&status.as_u16()), "{method} {path}: {status}");
        }
        described.entry(path).or_default().insert(method);
    }
    assert_eq!(described, in_code);
}

#[tokio::test]
async fn every_kind_of_problem_in_the_code_is_described() {
    let server = Server::fast().await;
    let document = document(&server).await;
    let responses = document.0["components"]["responses"].as_object().unwrap().values();
    let schemas =
        responses.map(|response| &response["content"]["application/problem+json"]["schema"]["allOf"][1]);
    let described: BTreeSet<_> = schemas
        .flat_map(|schema| {
            let status = schema["properties"]["status"]["enum"][0].to_string();
            let kinds = schema["properties"]["type"]["enum"].as_array().unwrap();
            kinds.iter().map(move |kind| (status.clone(), kind.as_str().unwrap().to_owned()))
        })
        .collect();
    let mut in_code = BTreeSet::new();
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let source = std::fs::read_to_string(&entry).unwrap();
            // `new(404, "not-found"`: a status and a word make a problem.
            for call in source.split("new(").skip(1) {
                let mut words = call.splitn(3, ',').map(str::trim);
                let (Some(status), Some(kind)) = (words.next(), words.next()) else { continue };
                let is_status = status.len() == 3 && status.parse::<u16>().is_ok();
                if let Some(kind) =
                    kind.strip_prefix('"').and_then(|kind| kind.strip_suffix('"')).filter(|_| is_status)
                {
                    in_code.insert((status.to_owned(), format!("urn:tidings:problem:{kind}")));
                }
            }
        }
    }
    assert_eq!(described, in_code);
}

#[tokio::test]
async fn every_parameter_is_taken_and_its_limits_are_the_limits() {
    let server = Server::fast().await;
    let document = document(&server).await;
    for (path, method, operation) in
        document.operations().into_iter().filter(|(_, method, _)| method == "get")
    {
        let parameters = document.parameters(&path, operation);
        let with = |parameter: &'_ Value, value: &Value| {
            let mut given = required(&parameters);
            given.retain(|(other, _)| other["name"] != parameter["name"]);
            given.push((parameter, value));
            // Who has a name has an id.
            let person = parameters
                .iter()
                .copied()
                .filter(|other| parameter["name"] == "name" && other["name"] == "person");
            given.extend(person.map(|person| (person, &person["example"])));
            request(&server, &method, &path, &given)
        };
        for parameter in parameters.iter().filter(|parameter| parameter["name"] != "permit") {
            let place = format!("{path} {}", parameter["name"]);
            let answer = send(with(parameter, &parameter["example"])).await;
            assert!(answer.status().is_success(), "{place}: {}", text(answer).await);
            for (value, is_allowed) in edges(document.resolve(&parameter["schema"])) {
                if parameter["name"] == "X-Request-Id" {
                    // What is not of the form is replaced, not refused.
                    let answer = send(with(parameter, &value)).await;
                    assert_eq!(
                        answer.headers()["x-request-id"] == value.as_str().unwrap(),
                        is_allowed,
                        "{place}"
                    );
                    continue;
                }
                let answer = send(with(parameter, &value)).await;
                let refusal = if parameter["in"] == "path" && path.contains("{name}") { 404 } else { 400 };
                let expected = if is_allowed { 200 } else { refusal };
                assert_eq!(answer.status(), expected, "{place} = {value}");
            }
        }
    }
}

/// Values just inside and just outside of a schema's limits.
fn edges(schema: &Value) -> Vec<(Value, bool)> {
    let mut edges = Vec::new();
    let mut number = |limit: &Value, beyond: fn(u64) -> u64| {
        if let Some(limit) = limit.as_u64() {
            edges.extend([(limit.into(), true), (beyond(limit).into(), false)]);
        }
    };
    number(&schema["minimum"], |limit| limit - 1);
    number(&schema["maximum"], |limit| limit + 1);
    for value in schema["enum"].as_array().into_iter().flatten() {
        edges.extend([(value.clone(), true), (format!("{}x", value.as_str().unwrap()).into(), false)]);
    }
    if let Some(limit) = schema["maxItems"].as_u64().map(|limit| usize::try_from(limit).unwrap()) {
        edges.extend([(vec!["news"; limit].into(), true), (vec!["news"; limit + 1].into(), false)]);
    }
    // An id's length is not all that is asked of it.
    let is_id = schema["pattern"].as_str().is_some_and(|pattern| pattern.contains(")-("));
    if let Some(limit) = schema["maxLength"].as_u64().filter(|_| !is_id) {
        let limit = usize::try_from(limit).unwrap();
        edges.extend([("a".repeat(limit).into(), true), ("a".repeat(limit + 1).into(), false)]);
    }
    edges
}

#[tokio::test]
async fn the_limits_are_those_of_the_running_server() {
    let server =
        Server::start(&[("LIMITS_MESSAGE", "2KiB"), ("LIMITS_BATCH", "4KiB"), ("STREAM_HEARTBEAT", "7s")])
            .await;
    let document = document(&server).await;
    let forms = &document.0["paths"]["/api/channels/{channel}/messages"]["post"]["requestBody"]["content"];
    for (media_type, limit) in [
        ("text/plain", 2048),
        ("application/x-www-form-urlencoded", 2048),
        ("application/octet-stream", 2048),
        ("application/x-ndjson", 4096),
    ] {
        assert_eq!(forms[media_type]["schema"]["maxLength"], limit, "{media_type}");
        let publish = |bytes: usize| {
            // A line is one message, and has the limit of one.
            let line = |bytes: usize| format!("{{\"data\":\"{}\"}}", "a".repeat(bytes - 11));
            let lines = |bytes: usize| [line(1_500), line(1_500), line(bytes - 3_002)].join("\n");
            let body = if media_type.ends_with("ndjson") { lines(bytes) } else { "a".repeat(bytes) };
            server.post("/api/channels/news/messages").header("content-type", media_type).body(body)
        };
        assert_eq!(send(publish(limit)).await.status(), 201, "{media_type}");
        problem(publish(limit + 1), 413).await;
    }
    let stream = &document.0["paths"]["/api/events"]["get"]["responses"]["200"]["description"];
    assert!(stream.as_str().unwrap().contains("After 7 s of silence"), "{stream}");
}

#[tokio::test]
async fn every_sample_command_does_what_it_says() {
    // One that says what it is called, as not every one does.
    let server = Server::start(&[("DEMO_INTERVAL", "1ms"), ("SERVER_NAME", "node-1")]).await;
    let document = document(&server).await;
    for (path, method, operation) in document.operations() {
        let samples = operation["x-codeSamples"].as_array().unwrap();
        assert!(!samples.is_empty(), "{method} {path}");
        for sample in samples.iter().map(|sample| sample["source"].as_str().unwrap()) {
            let answer = send(curl(&server, sample)).await;
            let status = answer.status();
            if method == "delete" {
                assert_eq!(status, 404, "{sample}: the reply of the example does not run");
                continue;
            }
            assert!(status.is_success(), "{sample}: {}", text(answer).await);
            let described = &operation["responses"][status.as_str()];
            let media_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
            let form = &described["content"][&media_type];
            assert!(form.is_object(), "{sample}: {status} {media_type} is not described");
            for (name, header) in described["headers"].as_object().unwrap() {
                let value = answer.headers()[name.as_str()].to_str().unwrap().into();
                document.check(&document.resolve(header)["schema"], &value, &format!("{sample}: {name}"));
            }
            if media_type == "application/json" {
                document.check(&form["schema"], &json(answer).await, sample);
            }
        }
    }
}

#[tokio::test]
async fn the_page_has_all_of_it_and_needs_no_script() {
    let server = Server::fast().await;
    let document = document(&server).await;
    let page = send(server.get("/docs/api").header("accept-language", "zh")).await;
    assert_eq!(
        (page.status().as_u16(), &page.headers()["content-type"]),
        (200, &"text/html; charset=utf-8".parse().unwrap())
    );
    let html = text(page).await;
    assert!(
        html.contains(r#"<html lang="zh-CN""#)
            && html.contains(r#"lang="en""#)
            && html.contains("API · Tidings")
    );
    for loaded in [".wasm", ".js\"", "modulepreload", "src=", "<button type=\"button\""] {
        assert!(!html.contains(loaded), "the page has {loaded}");
    }
    for (path, method, operation) in document.operations() {
        let id = operation["operationId"].as_str().unwrap();
        assert!(
            html.contains(&format!("id=\"{id}\"")) && html.contains(&format!("href=\"#{id}\"")),
            "{method} {path}"
        );
        for parameter in document.parameters(&path, operation) {
            assert!(
                html.contains(&format!("<code>{}</code>", parameter["name"].as_str().unwrap())),
                "{parameter}"
            );
        }
    }
    for target in html.split("href=\"#").skip(1).map(|rest| rest.split_once('"').unwrap().0) {
        assert!(html.contains(&format!("id=\"{target}\"")), "#{target} leads nowhere");
    }
    assert!(
        html.contains(&format!("curl --no-buffer {}/api/sse", server.url)),
        "the commands have another address"
    );
}
