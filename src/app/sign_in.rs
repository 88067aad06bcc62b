//! The page where somebody signs in with a token. Only the server renders it, and it needs no script.

use super::{Chosen, header::Header, language, texts};
use crate::{
    api::{SignIn, SignOut},
    model::{preferences::Language, problem::Problem},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// What the page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Why the way led here: what was not allowed.
    pub reason: Option<Problem>,
    /// Who is signed in.
    pub session: Option<Session>,
    /// What may be done without a token: to which channels to publish, and which to watch.
    pub publish: String,
    /// See `publish`.
    pub subscribe: String,
    /// Where to go on: a path of this server.
    pub back: String,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose the token is.
    pub subject: String,
    /// When it ends, as RFC 3339.
    pub until: String,
}

struct Words {
    account: &'static str,
    needed: &'static str,
    refused: &'static str,
    detail: &'static str,
    token: &'static str,
    signed_in: fn(&Session) -> String,
    sign_out: &'static str,
    may_publish: &'static str,
    may_watch: &'static str,
    nothing: &'static str,
    go_on: &'static str,
}

const ENGLISH: Words = Words {
    account: "Signed in",
    needed: "What is here you see when you are signed in.",
    refused: "What is here your token does not allow.",
    detail: "Paste the token that you were given. This browser keeps it until it expires, out of reach of scripts.",
    token: "Token",
    signed_in: |session| format!("Signed in as {} until {}.", session.subject, session.until),
    sign_out: "Sign out",
    may_publish: "You may publish to",
    may_watch: "You may watch",
    nothing: "nothing",
    go_on: "Go on",
};

const CHINESE: Words = Words {
    account: "已登录",
    needed: "登录后才能查看此内容。",
    refused: "你的令牌不允许查看此内容。",
    detail: "粘贴你收到的令牌。浏览器会保存它直到过期，脚本无法读取。",
    token: "令牌",
    signed_in: |session| format!("已登录为 {}，有效期至 {}。", session.subject, session.until),
    sign_out: "退出登录",
    may_publish: "可以发布到",
    may_watch: "可以查看",
    nothing: "无",
    go_on: "继续",
};

/// The page.
#[component]
pub(super) fn SignInPage(
    /// What it shows.
    content: Content,
) -> impl IntoView {
    provide_context(Chosen::current());
    let words = match language() {
        Language::English => ENGLISH,
        Language::Chinese => CHINESE,
    };
    let Content { reason, session, publish, subscribe, back } = content;
    let heading = if session.is_some() { words.account } else { texts().sign_in };
    let is_first = session.is_none();
    let reason = reason.map(|problem| {
        let says = if problem.status == 401 { words.needed } else { words.refused };
        view! { <p class="reason" role="alert">{says}<small lang="en">{problem.detail}</small></p> }
    });
    let named = |names: String| if names.is_empty() { words.nothing.to_owned() } else { names };
    let signed_in = session.map(|session| {
        let (back, onward) = (back.clone(), back.clone());
        view! {
            <p>{(words.signed_in)(&session)}</p>
            <form class="sign-out" action=SignOut::PATH method="post">
                <input type="hidden" name="back" value=back/>
                <a class="button primary" href=onward>{words.go_on}</a>
                <button class="button">{words.sign_out}</button>
            </form>
        }
    });
    view! {
        <Header skip=("#token", |texts| texts.sign_in)/>
        <main class="page sign-in">
            <h1>{heading}</h1>
            {reason}
            {signed_in}
            <form action=SignIn::PATH method="post">
                <p id="sign-in-detail">{words.detail}</p>
                <input type="hidden" name="back" value=back/>
                <label for="token">{words.token}</label>
                <input class="field" id="token" name="token" type="password" autocomplete="off" spellcheck="false"
                    autocapitalize="off" required="" aria-describedby="sign-in-detail"/>
                <button class="button" class:primary=is_first>{texts().sign_in}</button>
            </form>
            <dl>
                <dt>{words.may_publish}</dt>
                <dd>{named(publish)}</dd>
                <dt>{words.may_watch}</dt>
                <dd>{named(subscribe)}</dd>
            </dl>
        </main>
    }
}
