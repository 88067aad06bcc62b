//! `GET /docs/api`: the API's description for people, made of the same OpenAPI document.

mod fields;

use super::{
    State,
    openapi::{ORIGIN, SAMPLES},
    page,
};
use crate::app::{
    api_docs::{Answer, ApiDocs, Body, Example, Field, Form, Group, Operation, Sample},
    shell::ApiDocsShell,
};
use axum::{extract, http::HeaderMap, response::Response};
use fields::{field, fields, kind, parameter, text};
use leptos::prelude::*;
use serde_json::Value;

/// The page.
pub(super) async fn get(extract::State(state): extract::State<State>, headers: HeaderMap) -> Response {
    let shared = state.clone();
    let page = move || {
        let (style, docs) = (shared.files.style.clone(), shared.description.docs.clone());
        view! { <ApiDocsShell style docs/> }
    };
    page::render(&state, &headers, None, || {}, page).await
}

/// What the page shows of an OpenAPI document.
pub(super) fn api_docs(document: &Value) -> ApiDocs {
    let reader = Reader { document };
    let groups = array(at(document, &["tags"])).map(|tag| Group {
        name: text(at(tag, &["name"])),
        description: text(at(tag, &["description"])),
        operations: reader.operations(&text(at(tag, &["name"]))),
    });
    let problems = object(at(document, &["components", "responses"]));
    let mut problems: Vec<_> = problems.map(|(_, response)| reader.problem(response)).collect();
    problems.sort_by(|one, other| one.status.cmp(&other.status));
    ApiDocs {
        title: text(at(document, &["info", "title"])),
        version: text(at(document, &["info", "version"])),
        description: text(at(document, &["info", "description"])),
        origin: ORIGIN.to_owned(),
        groups: groups.collect(),
        problems,
    }
}

/// Reads a document.
#[derive(Clone, Copy)]
struct Reader<'a> {
    document: &'a Value,
}

impl<'a> Reader<'a> {
    /// What a value is, or refers to.
    fn resolve(self, value: &'a Value) -> &'a Value {
        let target = at(value, &["$ref"])
            .as_str()
            .and_then(|place| self.document.pointer(place.trim_start_matches('#')));
        target.unwrap_or(value)
    }

    /// The operations with a tag.
    fn operations(self, tag: &str) -> Vec<Operation> {
        let all = object(at(self.document, &["paths"])).flat_map(|(path, item)| {
            object(item).map(move |(method, operation)| (path, method, item, operation))
        });
        all.filter(|(.., operation)| array(at(operation, &["tags"])).any(|name| name == tag))
            .map(|(path, method, item, operation)| self.operation(path, method, item, operation))
            .collect()
    }

    fn operation(self, path: &str, method: &str, item: &'a Value, operation: &'a Value) -> Operation {
        let parameters = array(at(operation, &["parameters"])).chain(array(at(item, &["parameters"])));
        let responses = object(at(operation, &["responses"]));
        let samples = array(at(operation, &[SAMPLES]));
        Operation {
            id: text(at(operation, &["operationId"])),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(at(operation, &["summary"])),
            description: text(at(operation, &["description"])),
            parameters: parameters.map(|given| parameter(self, self.resolve(given))).collect(),
            body: operation.get("requestBody").map(|body| Body {
                description: text(at(body, &["description"])),
                required: at(body, &["required"]) == true,
                forms: self.forms(at(body, &["content"])),
            }),
            answers: responses.map(|(status, response)| self.answer(status, response)).collect(),
            samples: samples
                .map(|sample| Sample {
                    label: text(at(sample, &["label"])),
                    command: text(at(sample, &["source"])),
                })
                .collect(),
        }
    }

    fn answer(self, status: &str, response: &'a Value) -> Answer {
        let is_shared = response.get("$ref").is_some();
        let response = self.resolve(response);
        Answer {
            status: status.to_owned(),
            description: text(at(response, &["description"])),
            // What stands in the list of problems is not said again at each operation.
            problem: is_shared.then(|| problem_type(response)),
            headers: if is_shared { Vec::new() } else { self.headers(object(at(response, &["headers"]))) },
            forms: if is_shared { Vec::new() } else { self.forms(at(response, &["content"])) },
        }
    }

    fn problem(self, response: &'a Value) -> Answer {
        let content = at(response, &["content", "application/problem+json"]);
        let status = at(content, &["example", "status"]).to_string();
        let headers = object(at(response, &["headers"])).filter(|(_, header)| header.get("$ref").is_none());
        Answer {
            status,
            description: text(at(response, &["description"])),
            problem: Some(problem_type(response)),
            headers: self.headers(headers),
            forms: self.forms(at(response, &["content"])),
        }
    }

    fn headers(self, headers: impl Iterator<Item = (&'a String, &'a Value)>) -> Vec<Field> {
        let resolved = headers.map(|(name, header)| (name, self.resolve(header)));
        resolved
            .map(|(name, header)| {
                field(self, name, at(header, &["schema"]), &text(at(header, &["description"])))
            })
            .collect()
    }

    fn forms(self, content: &'a Value) -> Vec<Form> {
        object(content)
            .map(|(media_type, form)| {
                let one =
                    form.get("example").map(|value| Example { label: String::new(), text: shown(value) });
                let named = object(at(form, &["examples"])).map(|(_, example)| Example {
                    label: text(at(example, &["summary"])),
                    text: shown(at(example, &["value"])),
                });
                Form {
                    media_type: media_type.to_owned(),
                    // A body as a whole is measured in bytes, text too.
                    kind: kind(self, at(form, &["schema"])).replace(" characters", " bytes"),
                    fields: fields(self, at(form, &["schema"])),
                    examples: one.into_iter().chain(named).collect(),
                }
            })
            .collect()
    }
}

/// The last word of a problem's type, by which the page links to it.
fn problem_type(response: &Value) -> String {
    // `one_of`: the schema's second part has the kinds.
    let kinds = at(response, &["content", "application/problem+json", "schema", "allOf"]).get(1);
    let kinds = kinds.map_or(&Value::Null, |kind| at(kind, &["properties", "type", "enum"]));
    let words = array(kinds).map(|kind| text(kind).rsplit(':').next().unwrap_or_default().to_owned());
    words.collect::<Vec<_>>().join(", ")
}

/// An example as it is on the wire: a text as it is, JSON with a field a line.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| format!("{value:#}"), str::to_owned)
}

/// What stands at a path; null where nothing does.
fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().try_fold(value, |value, key| value.get(key)).unwrap_or(&Value::Null)
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
