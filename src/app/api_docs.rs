//! The API's description for people. Only the server renders it, and it needs no script.

use super::{Chosen, Origin, header::Header};
use leptos::prelude::*;

/// The description. Its texts are paragraphs with a blank line between them, and code in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiDocs {
    /// The API's name.
    pub title: String,
    /// The server's version.
    pub version: String,
    /// What holds everywhere.
    pub description: String,
    /// Where the sample commands find the server; the page puts its own address there.
    pub origin: String,
    /// The operations.
    pub groups: Vec<Group>,
    /// The refusals.
    pub problems: Vec<Answer>,
}

/// Operations that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Their name.
    pub name: String,
    /// What they are for.
    pub description: String,
    /// Each of them.
    pub operations: Vec<Operation>,
}

/// A method of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its id, unique in the document.
    pub id: String,
    /// In capitals.
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    /// A few words.
    pub summary: String,
    /// More words.
    pub description: String,
    /// What the request may say outside of its body.
    pub parameters: Vec<Field>,
    /// What it may send.
    pub body: Option<Body>,
    /// What it may be answered.
    pub answers: Vec<Answer>,
    /// Commands that do it.
    pub samples: Vec<Sample>,
}

/// A parameter, a header or a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name; inside of objects and lists, its path.
    pub name: String,
    /// `path`, `query` or `header` of a parameter.
    pub place: Option<String>,
    /// Whether it is always there.
    pub required: bool,
    /// Its type and its limits.
    pub kind: String,
    /// What it says.
    pub meaning: String,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// What it is, and how long it may be.
    pub description: String,
    /// Whether there must be one.
    pub required: bool,
    /// Its forms.
    pub forms: Vec<Form>,
}

/// A body in one media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The media type.
    pub media_type: String,
    /// Its type and its limits.
    pub kind: String,
    /// Its fields, where it has any.
    pub fields: Vec<Field>,
    /// Examples.
    pub examples: Vec<Example>,
}

/// An example of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// What it shows; empty where it is the only one.
    pub label: String,
    /// The body.
    pub text: String,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: String,
    /// When it comes.
    pub description: String,
    /// The kind of problem that it is, if it is one.
    pub problem: Option<String>,
    /// Its headers.
    pub headers: Vec<Field>,
    /// Its forms.
    pub forms: Vec<Form>,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// What it is for.
    pub label: String,
    /// The command.
    pub command: String,
}

/// The page.
#[component]
pub(super) fn ApiDocsPage(
    /// What it shows.
    docs: ApiDocs,
) -> impl IntoView {
    provide_context(Chosen::current());
    let address = use_context::<Origin>().unwrap_or_default().0;
    let ApiDocs { title, version, description, origin, groups, problems } = docs;
    let contents = contents(&groups);
    let groups = groups.into_iter().map(|group| group_section(group, &origin, &address)).collect_view();
    view! {
        <Header skip=("#text", |_| "Skip to the text")/>
        <div class="page docs" lang="en">
            <nav class="docs-contents" aria-labelledby="contents">
                <h2 id="contents">"Contents"</h2>
                {contents}
            </nav>
            <main class="docs-text" id="text">
                <h1>{title}" API "<span class="docs-version">{version}</span></h1>
                {prose(&description)}
                <p>"For programs: "<a href="/api/openapi.json">"/api/openapi.json"</a>" (OpenAPI 3.1)."</p>
                {groups}
                <section aria-labelledby="problems">
                    <h2 id="problems">"Problems"</h2>
                    <p>"Every refusal is one of these; "<code>"type"</code>" does not change."</p>
                    {problems.into_iter().map(problem_section).collect_view()}
                </section>
            </main>
        </div>
    }
    .into_any()
}

fn contents(groups: &[Group]) -> AnyView {
    let entry = |operation: &Operation| {
        let href = format!("#{}", operation.id);
        view! { <li><a href=href>{method(&operation.method)}" "{operation.summary.clone()}</a></li> }
    };
    let groups = groups.iter().map(|group| {
        let entries = group.operations.iter().map(entry).collect_view();
        view! { <li>{group.name.clone()}<ul>{entries}</ul></li> }
    });
    view! { <ul>{groups.collect_view()}<li><a href="#problems">"Problems"</a></li></ul> }.into_any()
}

fn group_section(group: Group, origin: &str, address: &str) -> AnyView {
    let Group { name, description, operations } = group;
    let operations = operations.into_iter().map(|operation| operation_section(operation, origin, address));
    view! { <section><h2>{name}</h2>{prose(&description)}{operations.collect_view()}</section> }.into_any()
}

fn operation_section(operation: Operation, origin: &str, address: &str) -> AnyView {
    let Operation { id, method: verb, path, summary, description, parameters, body, answers, samples } =
        operation;
    let heading = format!("{id}-heading");
    let labelled_by = heading.clone();
    let samples = samples.into_iter().map(|Sample { label, command }| {
        view! { <figure><figcaption>{label}</figcaption>{code(command.replace(origin, address))}</figure> }
    });
    let body = body.map(|Body { description, required, forms }| {
        let title = if required { "Body" } else { "Body, optional" };
        view! { <h4>{title}</h4>{prose(&description)}{forms.into_iter().map(form_view).collect_view()} }
    });
    view! {
        <article class="panel operation" id=id aria-labelledby=labelled_by>
            <h3 id=heading>{summary}</h3>
            <p class="operation-path">{method(&verb)}" "<code>{path}</code></p>
            {prose(&description)}
            {samples.collect_view()}
            {table("Parameters", parameters)}
            {body}
            <h4>"Answers"</h4>
            {answers.into_iter().map(answer_view).collect_view()}
        </article>
    }
    .into_any()
}

fn answer_view(answer: Answer) -> AnyView {
    let Answer { status, description, problem, headers, forms } = answer;
    let link = problem.map(|kind| {
        let href = format!("#problem-{kind}");
        view! { " "<a href=href>{kind}</a> }
    });
    let has_more = !headers.is_empty() || !forms.is_empty();
    let line = view! { <code class="status">{status}</code>" "{inline(&description)}{link} };
    if !has_more {
        return view! { <p class="answer">{line}</p> }.into_any();
    }
    let more = view! { {table("Headers", headers)}{forms.into_iter().map(form_view).collect_view()} };
    view! { <details class="answer"><summary>{line}</summary>{more}</details> }.into_any()
}

fn problem_section(problem: Answer) -> AnyView {
    let Answer { status, description, problem, headers, forms } = problem;
    let kind = problem.unwrap_or_default();
    let id = format!("problem-{kind}");
    let examples = forms.into_iter().flat_map(|form| form.examples).map(example_view);
    view! {
        <article class="panel operation" id=id>
            <h3><code class="status">{status}</code>" "{kind}</h3>
            <p>{inline(&description)}</p>
            {table("Headers", headers)}
            {examples.collect_view()}
        </article>
    }
    .into_any()
}

fn form_view(form: Form) -> AnyView {
    let Form { media_type, kind, fields, examples } = form;
    // An object is its fields, which follow.
    let kind = fields.is_empty().then(|| view! { " "{inline(&kind)} });
    view! {
        <div class="form">
            <p><code>{media_type}</code>{kind}</p>
            {table("Fields", fields)}
            {examples.into_iter().map(example_view).collect_view()}
        </div>
    }
    .into_any()
}

fn example_view(example: Example) -> AnyView {
    let Example { label, text } = example;
    let label = if label.is_empty() { "Example".to_owned() } else { label };
    view! { <figure><figcaption>{inline(&label)}</figcaption>{code(text)}</figure> }.into_any()
}

fn table(caption: &'static str, fields: Vec<Field>) -> Option<AnyView> {
    let has_places = fields.iter().any(|field| field.place.is_some());
    let rows = fields.iter().map(|field| {
        // A request may leave out most of its parameters; a body has most of its fields.
        let mark = match (has_places, field.required) {
            (true, true) => " required",
            (false, false) => " optional",
            _ => "",
        };
        view! {
            <tr>
                <th scope="row"><code>{field.name.clone()}</code>{mark}</th>
                {has_places.then(|| view! { <td class="place">{field.place.clone()}</td> })}
                <td>{inline(&field.kind)}</td>
                <td>{inline(&field.meaning)}</td>
            </tr>
        }
    });
    let table = view! {
        // It scrolls by itself where it is too wide, so a keyboard has to reach it.
        <div class="table" role="region" aria-label=caption tabindex="0">
            <table>
                <caption>{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        {has_places.then(|| view! { <th scope="col">"Where"</th> })}
                        <th scope="col">"Type and limits"</th>
                        <th scope="col">"Meaning"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    };
    (!fields.is_empty()).then(|| table.into_any())
}

fn method(name: &str) -> AnyView {
    view! { <span class="method" data-method=name.to_owned()>{name.to_owned()}</span> }.into_any()
}

fn code(text: String) -> AnyView {
    view! { <pre><code>{text}</code></pre> }.into_any()
}

fn prose(text: &str) -> AnyView {
    text.split("\n\n").map(|paragraph| view! { <p>{inline(paragraph)}</p> }).collect_view().into_any()
}

/// A text in which what stands in backticks is code.
fn inline(text: &str) -> AnyView {
    let parts = text.split('`').enumerate().map(|(index, part)| {
        let part = part.to_owned();
        if index % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
    });
    parts.collect_view().into_any()
}
