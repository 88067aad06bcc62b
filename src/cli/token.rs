//! `tidings token`: makes tokens and explains them.

use super::error::CliError;
use crate::{
    access::{
        keys::Keys,
        token::{Allowed, Claims, MAX_BYTES, SigningKey, now},
    },
    hub::frame::rfc3339,
    model::channel::ChannelPattern,
    server::config::Config,
};
use clap::{Args, Subcommand};
use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

pub(super) const HELP: &str = "\
Examples:
  export TIDINGS_ACCESS_SECRET=$(openssl rand -hex 32)
  tidings token mint --publish 'orders.>' --subject shop --expires 30d
  tidings token mint --subscribe 'orders.>' --key private.pem --kid 2026
  tidings token explain < token.txt";

#[derive(Debug, Args)]
pub(super) struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token, and print it
    Mint(Mint),
    /// Say what a token allows, until when, and whether this server's settings take it
    Explain(Explain),
}

#[derive(Debug, Args)]
struct Mint {
    /// A channel or a pattern to which its holder may publish; may be given more than once
    #[arg(long, value_name = "PATTERN")]
    publish: Vec<ChannelPattern>,
    /// A channel or a pattern that its holder may watch; may be given more than once
    #[arg(long, value_name = "PATTERN")]
    subscribe: Vec<ChannelPattern>,
    /// Whose it is: limits count for all tokens of one subject together
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// How long it is valid
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = humantime::parse_duration)]
    expires: Duration,
    /// Sign with this private key in PEM (RSA, P-256 or Ed25519) instead of access.secret
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The key's name, by which a server with several keys finds it
    #[arg(long, value_name = "ID")]
    kid: Option<String>,
    /// A TOML file with the settings, for access.secret, access.audience and access.issuer
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Explain {
    /// The token; without it, it is read from standard input, where other users of the machine do not see it
    token: Option<String>,
    /// A TOML file with the settings, for the keys
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Token {
    pub(super) fn run(self) -> Result<(), CliError> {
        match self.command {
            Command::Mint(mint) => mint.run(),
            Command::Explain(explain) => explain.run(),
        }
    }
}

fn settings(file: Option<&Path>) -> Result<Config, CliError> {
    Ok(Config::load(file, std::env::vars_os())?)
}

impl Mint {
    fn run(self) -> Result<(), CliError> {
        let access = settings(self.config.as_deref())?.access;
        let key = match (&self.key, access.secret.reveal()) {
            (Some(file), _) => {
                let pem = fs::read(file).map_err(|source| CliError::Read { file: file.clone(), source })?;
                SigningKey::of_pem(&pem)?
            }
            (None, Some(secret)) => SigningKey::of_secret(secret.as_bytes()),
            (None, None) => return Err(CliError::NoSigningKey),
        };
        let texts = |patterns: &[ChannelPattern]| patterns.iter().map(ToString::to_string).collect();
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let claims = Claims {
            sub: self.subject,
            exp: (now() + self.expires).as_secs() as f64,
            nbf: None,
            aud: given(&access.audience).map(serde_json::Value::from),
            iss: given(&access.issuer),
            tidings: Allowed { publish: texts(&self.publish), subscribe: texts(&self.subscribe) },
        };
        let token = key.named(self.kid).sign(&claims)?;
        if token.len() > MAX_BYTES {
            return Err(CliError::TokenTooLong(token.len()));
        }
        print(&format!("{token}\n"))
    }
}

impl Explain {
    fn run(self) -> Result<(), CliError> {
        let token = match self.token {
            Some(token) => token,
            None => {
                let mut text = String::new();
                io::stdin().take(MAX_BYTES as u64 * 2).read_to_string(&mut text).map_err(CliError::Input)?;
                text
            }
        };
        let keys = Keys::read(&settings(self.config.as_deref())?.access.sources())?;
        let token = token.trim();
        let (header, claims) = Keys::read_unchecked(token)?;
        let taken = keys.check(token).and_then(|claims| {
            claims.until(now())?;
            claims.rights()
        });
        print(&explanation(&header, &claims))?;
        match taken {
            Ok(_) => print("These settings take it.\n"),
            Err(error) => Err(error.into()),
        }
    }
}

fn explanation(header: &str, claims: &Claims) -> String {
    let list =
        |patterns: &[String]| if patterns.is_empty() { "nothing".to_owned() } else { patterns.join(", ") };
    let mut lines = vec![("signed", header.to_owned())];
    lines.extend(claims.sub.clone().map(|subject| ("subject", subject)));
    lines.push(("publish", list(&claims.tidings.publish)));
    lines.push(("subscribe", list(&claims.tidings.subscribe)));
    lines.extend(claims.nbf.map(|from| ("from", time(from))));
    let left = claims.exp - now().as_secs_f64();
    let relation = match Duration::try_from_secs_f64(left.abs().round()) {
        Ok(span) if left > 0.0 => format!("in {}", humantime::format_duration(span)),
        Ok(span) => format!("{} ago", humantime::format_duration(span)),
        Err(_) => "far away".to_owned(),
    };
    lines.push(("expires", format!("{} ({relation})", time(claims.exp))));
    lines.extend(claims.aud.as_ref().map(|audience| ("audience", audience.to_string())));
    lines.extend(claims.iss.clone().map(|issuer| ("issuer", issuer)));
    lines.iter().map(|(name, text)| format!("{name:<10} {text}\n")).collect()
}

fn time(seconds: f64) -> String {
    rfc3339((seconds.max(0.0) as u64).saturating_mul(1_000))
}

fn print(text: &str) -> Result<(), CliError> {
    io::stdout().write_all(text.as_bytes()).map_err(CliError::Output)
}
