//! Code that is loaded when it is needed.
//!
//! A build with `--split` and the feature `split` puts the functions that `late!` makes, and what only they use, into
//! WASM files of their own; any other build has them in the one that there is.

use leptos::wasm_split::SplitLoaderError;

/// The code could not be loaded: the network is away, or the server has another version by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotLoaded;

impl From<SplitLoaderError> for NotLoaded {
    fn from(_: SplitLoaderError) -> Self {
        Self
    }
}

/// Nothing uses this, so no file has it: the room is for the other data. The splitter aligns what it moves into each file,
/// and if that makes all of it longer than it was, it leaves all of it in the first file.
#[cfg(feature = "split")]
#[used]
static ROOM: [u8; 1 << 10] = [0xff; 1 << 10];

/// Makes functions whose code is in the file `split_<name>.wasm`. Each is called as an `async` one that answers `Ok`, or
/// [`NotLoaded`].
macro_rules! late {
    ($file:ident: $($(#[$doc:meta])* fn $name:ident($($argument:ident: $type:ty),*) $body:block)*) => {$(
        $(#[$doc])*
        #[cfg(feature = "split")]
        #[leptos::wasm_split::wasm_split($file, wasm_split_path = leptos::wasm_split, fallible)]
        fn $name($($argument: $type),*) -> Result<(), $crate::client::late::NotLoaded> {
            $body;
            Ok(())
        }

        $(#[$doc])*
        #[cfg(not(feature = "split"))]
        async fn $name($($argument: $type),*) -> Result<(), $crate::client::late::NotLoaded> {
            $body;
            Ok(())
        }
    )*};
}

pub(crate) use late;
