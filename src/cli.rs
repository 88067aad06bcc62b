//! The command line: what it takes and how it ends. Each command has a file of its own.

mod backup;
mod bench;
mod copy;
mod error;
mod publish;
mod remote;
mod serve;
mod token;
mod watch;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use error::CliError;
use std::{
    future::Future,
    io::{self, Write},
    process::ExitCode,
};

/// Live messages for the web.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

const EXIT_CODES: &str = "\
Exit codes:
  0   done
  1   failed
  2   the command line is not valid
  65  the server refused what it was given
  69  the server cannot be reached, or is not able to answer
  78  the settings are not valid";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the page and its streams; what happens without a command, too
    #[command(after_help = serve::HELP)]
    Serve(serve::Serve),
    /// Publish a message, or one a line of standard input
    #[command(after_help = publish::HELP)]
    Publish(publish::Publish),
    /// Watch channels: print each message when it comes, and miss none when the connection breaks
    #[command(after_help = watch::HELP)]
    Watch(watch::Watch),
    /// Make tokens, which say who may publish and watch what, and explain them
    #[command(after_help = token::HELP)]
    Token(token::Token),
    /// Copy the log while the server runs
    #[command(after_help = backup::HELP)]
    Backup(backup::Backup),
    /// Copy a log into another: from a file to Redis, and back
    #[command(after_help = copy::HELP)]
    Copy(copy::Copy),
    /// Measure a server of events: deliveries, latency, and what they cost
    #[command(after_help = bench::HELP)]
    Bench(bench::Bench),
    /// Print a script that completes commands and options in a shell
    #[command(after_help = "Example, for bash:\n  tidings completions bash > \
        ~/.local/share/bash-completion/completions/tidings")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

impl Cli {
    /// Does what the command line says.
    pub fn run(self) -> ExitCode {
        // `cargo leptos watch` starts the program without arguments.
        let done = match self.command.unwrap_or_else(|| Command::Serve(serve::Serve::default())) {
            Command::Serve(serve) => serve.run(),
            Command::Publish(publish) => wait_for(publish.run()),
            Command::Watch(watch) => wait_for(watch.run()),
            Command::Backup(backup) => backup.run(),
            Command::Copy(copy) => copy.run(),
            Command::Bench(bench) => bench.run(),
            Command::Token(token) => token.run(),
            Command::Completions { shell } => complete(shell),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                say(&error.to_string());
                ExitCode::from(error.code())
            }
        }
    }
}

/// Runs a command that waits for a server, on this thread.
fn wait_for(command: impl Future<Output = Result<(), CliError>>) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(CliError::Runtime)?.block_on(command)
}

fn complete(shell: Shell) -> Result<(), CliError> {
    // In memory first: the generator panics when it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tidings", &mut script);
    io::stdout().write_all(&script).map_err(CliError::Output)
}

/// Tells the person something, on standard error. Who closed that does not want to know.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "tidings: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_explains_itself() {
        for command in Cli::command().get_subcommands() {
            assert!(
                command.get_about().is_some() && command.get_after_help().is_some(),
                "{}",
                command.get_name()
            );
        }
    }
}
