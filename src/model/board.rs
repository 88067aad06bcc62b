//! What a board shows beside the hub's own figures: a number in the messages of one channel or of a built-in stream.

use super::{query, source::Source};

const FIELD: &str = "field";

/// A number to be charted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charted {
    /// Whose messages have it: one channel, or a built-in stream.
    pub source: Source,
    /// Where in their JSON it stands: names with dots between them.
    pub field: String,
}

/// The query asks for something that cannot be charted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotChartable;

impl Charted {
    /// What a board's query asks for; none where it asks for nothing.
    ///
    /// # Errors
    /// Where it names no single source.
    pub fn from_query(query: &str) -> Result<Option<Self>, NotChartable> {
        let (mut rest, mut field) = (String::new(), String::new());
        for (name, value) in query::pairs(query.strip_prefix('?').unwrap_or(query)) {
            match name.as_str() {
                FIELD => value.trim().clone_into(&mut field),
                _ => query::push(&mut rest, &name, &value),
            }
        }
        if rest.is_empty() {
            return if field.is_empty() { Ok(None) } else { Err(NotChartable) };
        }
        let source = Source::from_query(&rest).map_err(|_| NotChartable)?;
        let is_one = match &source {
            Source::BuiltIn(_) => true,
            Source::Channels(selection) => selection.channel().is_some(),
            Source::Endpoint(_) | Source::Directory => false,
        };
        if is_one { Ok(Some(Self { source, field })) } else { Err(NotChartable) }
    }

    /// The names on the way to the number.
    pub fn path(&self) -> impl Iterator<Item = &str> {
        self.field.split('.').filter(|name| !name.is_empty())
    }

    /// The source's name.
    pub fn name(&self) -> String {
        match &self.source {
            Source::BuiltIn(stream) => stream.name().to_owned(),
            source => source
                .selection()
                .and_then(|selection| selection.channel())
                .map(|channel| channel.to_string())
                .unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_can_be_charted() {
        let name = |query: &str| {
            Charted::from_query(query).map(|charted| charted.map(|charted| (charted.name(), charted.field)))
        };
        let of = |name: &str, field: &str| Ok(Some((name.to_owned(), field.to_owned())));
        assert_eq!(name(""), Ok(None));
        assert_eq!(name("?channel=prices&field=data.price"), of("prices", "data.price"));
        assert_eq!(name("field=+random&stream=ticker"), of("ticker", "random"));
        assert_eq!(name("channel=prices&field="), of("prices", ""));
        for query in
            ["field=a", "channel=a.*&field=b", "channel=a&channel=b", "stream=channels", "url=/x", "x=1"]
        {
            assert_eq!(name(query), Err(NotChartable), "{query}");
        }
    }
}
