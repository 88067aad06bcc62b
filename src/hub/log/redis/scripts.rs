//! What Redis does in one step: scripts, each in a file of its own that says what it wants and answers.

use redis::Script;
use std::sync::LazyLock;

/// The scripts, by what they do.
pub struct Scripts {
    /// Keeps what requests publish.
    pub append: Script,
    /// What is kept of channels.
    pub channels: Script,
    /// Greets Redis.
    pub hello: Script,
    /// The ids of messages.
    pub ids: Script,
    /// Keeps what another log has.
    pub import: Script,
    /// Forgets idempotency keys, and entries of the feed.
    pub keys: Script,
    /// Says what a node is like, and hears of the others.
    pub meet: Script,
    /// Sends what is not kept.
    pub pass: Script,
    /// Forgets messages.
    pub trim: Script,
}

/// All of them. Redis has a script after it was sent once, and until it is started anew.
pub static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| Scripts {
    append: Script::new(concat!(include_str!("common.lua"), include_str!("append.lua"))),
    channels: Script::new(include_str!("channels.lua")),
    hello: Script::new(include_str!("hello.lua")),
    ids: Script::new(include_str!("ids.lua")),
    import: Script::new(concat!(include_str!("common.lua"), include_str!("import.lua"))),
    keys: Script::new(include_str!("keys.lua")),
    meet: Script::new(include_str!("meet.lua")),
    pass: Script::new(concat!(include_str!("common.lua"), include_str!("pass.lua"))),
    trim: Script::new(include_str!("trim.lua")),
});
