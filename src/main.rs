//! The `tidings` program.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    tidings::cli::Cli::parse().run()
}
