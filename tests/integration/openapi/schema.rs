//! The document's parts, and JSON Schema as far as the document uses it.

use serde_json::Value;

pub struct Document(pub Value);

impl Document {
    /// Every operation: its path, its method and itself.
    pub fn operations(&self) -> Vec<(String, String, &Value)> {
        let paths = self.0["paths"].as_object().unwrap().iter();
        let operations = paths.flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters");
            methods.map(move |(method, operation)| (path.clone(), method.clone(), operation))
        });
        operations.collect()
    }

    /// An operation's parameters, with those of its path.
    pub fn parameters<'a>(&'a self, path: &str, operation: &'a Value) -> Vec<&'a Value> {
        let lists = [&operation["parameters"], &self.0["paths"][path]["parameters"]]
            .into_iter()
            .filter_map(Value::as_array)
            .flatten();
        lists.map(|parameter| self.resolve(parameter)).collect()
    }

    /// What a value is, or refers to.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let target = value["$ref"].as_str().map(|place| place.strip_prefix('#').unwrap());
        target.map_or(value, |target| self.0.pointer(target).unwrap_or_else(|| panic!("{target}")))
    }

    /// Every reference: where it stands, and the place that it names.
    pub fn references(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        walk(&self.0, String::new(), &mut |place, value| {
            if let Some(target) = value["$ref"].as_str() {
                found.push((place.to_owned(), target.strip_prefix('#').unwrap().to_owned()));
            }
        });
        assert!(!found.is_empty());
        found
    }

    /// Every example of a body, with its schema and where it stands.
    pub fn examples(&self) -> Vec<(String, &Value, &Value)> {
        let mut found = Vec::new();
        walk(&self.0, String::new(), &mut |place, value| {
            for form in value["content"].as_object().into_iter().flat_map(|forms| forms.values()) {
                let one = form.get("example");
                let named = form["examples"].as_object().into_iter().flat_map(|examples| examples.values());
                let examples = named.map(|example| &example["value"]).chain(one);
                found.extend(examples.map(|example| (place.to_owned(), &form["schema"], example)));
            }
        });
        assert!(!found.is_empty());
        found
    }

    /// Whether a value is of a schema.
    pub fn check(&self, schema: &Value, value: &Value, place: &str) {
        if let Err(error) = self.validate(schema, value, place) {
            panic!("{error}");
        }
    }

    fn validate(&self, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
        let schema = self.resolve(schema);
        let fail = |why: String| Err(format!("{place}: {why}: {value}"));
        for keyword in schema.as_object().into_iter().flat_map(|schema| schema.keys()) {
            assert!(KEYWORDS.contains(&keyword.as_str()), "{place}: nothing checks {keyword:?}");
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.validate(part, value, place)?;
        }
        if let Some(parts) = schema["oneOf"].as_array() {
            let fitting = parts.iter().filter(|part| self.validate(part, value, place).is_ok()).count();
            if fitting != 1 {
                return fail(format!("{fitting} of the alternatives fit"));
            }
        }
        let types: Vec<_> =
            schema["type"].as_array().into_iter().flatten().chain(Some(&schema["type"])).collect();
        let types: Vec<_> = types.into_iter().filter_map(Value::as_str).collect();
        if !types.is_empty() && !types.iter().any(|name| is(name, value)) {
            return fail(format!("it is no {}", types.join(" or ")));
        }
        if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
            return fail(format!("it is none of {}", schema["enum"]));
        }
        let length = value.as_str().map(|text| text.chars().count() as u64);
        let items = value.as_array().map(|items| items.len() as u64);
        let limits = [
            (value.as_u64(), "minimum", "maximum"),
            (length, "minLength", "maxLength"),
            (items, "minItems", "maxItems"),
        ];
        for (size, min, max) in limits {
            let Some(size) = size else { continue };
            if schema[min].as_u64().is_some_and(|min| size < min)
                || schema[max].as_u64().is_some_and(|max| size > max)
            {
                return fail(format!("{size} is beyond {min} or {max}"));
            }
        }
        for item in value.as_array().into_iter().flatten().filter(|_| schema.get("items").is_some()) {
            self.validate(&schema["items"], item, place)?;
        }
        self.validate_fields(schema, value, place)
    }

    fn validate_fields(&self, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
        let (Some(properties), Some(fields)) = (schema["properties"].as_object(), value.as_object()) else {
            return Ok(());
        };
        for name in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(name.as_str().unwrap()) {
                return Err(format!("{place}: {name} is missing: {value}"));
            }
        }
        // Where a part of a whole is described, the rest may be described elsewhere.
        let is_whole = schema.get("required").is_some();
        for (name, field) in fields {
            match properties.get(name) {
                Some(property) => self.validate(property, field, &format!("{place} {name}"))?,
                None if is_whole => return Err(format!("{place}: {name} is not described: {value}")),
                None => {}
            }
        }
        Ok(())
    }
}

/// What a schema may say. Patterns and formats are not checked here.
const KEYWORDS: [&str; 20] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "default",
    "description",
    "enum",
    "examples",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "type",
];

fn is(name: &str, value: &Value) -> bool {
    match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("no such type: {other}"),
    }
}

fn walk<'a>(value: &'a Value, place: String, visit: &mut impl FnMut(&str, &'a Value)) {
    visit(&place, value);
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, inner)| walk(inner, format!("{place}/{name}"), visit))
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, inner)| walk(inner, format!("{place}/{index}"), visit));
        }
        _ => {}
    }
}
