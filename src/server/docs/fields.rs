//! JSON Schema in words: the type of a value with its limits, and the fields of an object.

use super::{Reader, array, at, object};
use crate::app::api_docs::Field;
use serde_json::Value;

/// A text of the document; empty where there is none.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A parameter of a request.
pub(super) fn parameter(reader: Reader<'_>, parameter: &Value) -> Field {
    Field {
        name: text(at(parameter, &["name"])),
        place: Some(text(at(parameter, &["in"]))),
        required: at(parameter, &["required"]) == true,
        kind: kind(reader, at(parameter, &["schema"])),
        meaning: text(at(parameter, &["description"])),
    }
}

/// A header of an answer, or a field of a body.
pub(super) fn field(reader: Reader<'_>, name: &str, schema: &Value, meaning: &str) -> Field {
    let kind = kind(reader, schema);
    Field { name: name.to_owned(), place: None, required: true, kind, meaning: meaning.to_owned() }
}

/// The fields of an object and of what is in it, each with its path: `messages[].id`. Where a body is one of several
/// objects, the fields of each.
pub(super) fn fields<'a>(reader: Reader<'a>, schema: &'a Value) -> Vec<Field> {
    let schema = reader.resolve(schema);
    let parts = ["oneOf", "allOf"].into_iter().flat_map(|of| array(at(schema, &[of])));
    let mut found: Vec<Field> = parts.flat_map(|part| fields(reader, part)).collect();
    for (name, property) in object(at(schema, &["properties"])) {
        let resolved = reader.resolve(property);
        let said = [property].into_iter().chain(array(at(property, &["oneOf"]))).chain([resolved]);
        let meaning = said
            .map(|said| text(at(said, &["description"])))
            .find(|said| !said.is_empty())
            .unwrap_or_default();
        let required = array(at(schema, &["required"])).any(|required| required == name);
        found.push(Field { required, ..field(reader, name, property, &meaning) });
        found.extend(fields(reader, resolved).into_iter().map(|inner| inside(name, inner)));
        found.extend(
            fields(reader, at(resolved, &["items"]))
                .into_iter()
                .map(|inner| inside(&format!("{name}[]"), inner)),
        );
    }
    let mut names = std::collections::BTreeSet::new();
    found.retain(|field| names.insert(field.name.clone()));
    found
}

fn inside(name: &str, field: Field) -> Field {
    Field { name: format!("{name}.{}", field.name), ..field }
}

/// A type with its limits, in words: `integer, 1 to 1000, default 50`.
pub(super) fn kind(reader: Reader<'_>, schema: &Value) -> String {
    let schema = reader.resolve(schema);
    let alternatives: Vec<_> = array(at(schema, &["oneOf"])).map(|one| kind(reader, one)).collect();
    if !alternatives.is_empty() {
        return alternatives.join(" or ");
    }
    let mut words = Vec::new();
    let types = array(at(schema, &["type"])).chain(Some(at(schema, &["type"]))).filter_map(Value::as_str);
    let types: Vec<_> = types.collect();
    if !types.is_empty() {
        words.push(types.join(" or "));
    } else if schema.get("enum").is_none() && schema.get("maxLength").is_none() {
        words.push("any".to_owned());
    }
    let values: Vec<_> = array(at(schema, &["enum"])).map(|value| format!("`{}`", plain(value))).collect();
    if !values.is_empty() {
        words.push(values.join(", "));
    }
    words.extend(at(schema, &["format"]).as_str().map(str::to_owned));
    words.extend(between(at(schema, &["minimum"]), at(schema, &["maximum"]), ""));
    let is_text = types.contains(&"string");
    words.extend(between(
        at(schema, &["minLength"]),
        at(schema, &["maxLength"]),
        if is_text { " characters" } else { " bytes" },
    ));
    words.extend(between(at(schema, &["minItems"]), at(schema, &["maxItems"]), " of them"));
    words.extend(at(schema, &["pattern"]).as_str().map(|pattern| format!("`{pattern}`")));
    if schema.get("items").is_some() {
        words.push(format!("each {}", kind(reader, at(schema, &["items"]))));
    }
    words.extend(schema.get("default").map(|value| format!("default {}", plain(value))));
    words.join(", ")
}

fn between(min: &Value, max: &Value, unit: &str) -> Option<String> {
    match (min.as_u64(), max.as_u64()) {
        (Some(min), Some(max)) if min == max => Some(format!("{min}{unit}")),
        (Some(min), Some(max)) => Some(format!("{min} to {max}{unit}")),
        (Some(min), None) => Some(format!("{min} or more{unit}")),
        (None, Some(max)) => Some(format!("at most {max}{unit}")),
        (None, None) => None,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
