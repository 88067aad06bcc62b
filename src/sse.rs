//! The Server-Sent Events format, pure: no I/O, no async.
//!
//! The format is that of the [HTML standard, section 9.2](https://html.spec.whatwg.org/multipage/server-sent-events.html).

pub mod blocks;
pub mod decode;
#[cfg(feature = "ssr")]
pub mod encode;

#[cfg(test)]
mod check;
#[cfg(test)]
mod interpret;
