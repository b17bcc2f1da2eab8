//! Logging: to the journal where stderr is the journal, else to stderr.
//!
//! Two rules hold whatever the filter says. What libraries tell at `debug` and `trace` is left out: they would tell of
//! the bytes that go over the wire, the access token and customers' texts among them. And what is logged cannot act on
//! the terminal that shows it, nor forge a line.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::IsTerminal as _;
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;

use anyhow::Context as _;
use proto::display::{Effect, effect};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Where our own events come from.
const OWN: [&str; 2] = ["syncd", "proto"];

/// Starts logging what passes the filter.
///
/// # Errors
/// When the filter cannot be read.
pub(crate) fn start(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).context("reading the log filter")?;
    let registry = tracing_subscriber::registry().with(filter).with(ceiling());
    if stderr_is_the_journal()
        && let Ok(journal) = tracing_journald::layer()
    {
        // The journal keeps each field apart, and shows what is not text as a number of bytes.
        registry.with(journal).init();
        return Ok(());
    }
    let terminal = std::io::stderr().is_terminal();
    let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .fmt_fields(format::debug_fn(|writer, field, value| field_text(writer, field.name(), value)));
    registry.with(lines).init();
    Ok(())
}

/// Returns text for stderr on one line on which nothing acts.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    // Writing to a string cannot fail.
    let _ = Escaped(&mut escaped).write_str(text);
    escaped
}

/// Returns what may be logged at the most: all of our own, of the libraries what an administrator has to know.
fn ceiling() -> Targets {
    Targets::new()
        .with_default(LevelFilter::INFO)
        .with_targets(OWN.map(|target| (target, LevelFilter::TRACE)))
}

/// Writes one field of an event, the message by itself and the others with their names.
fn field_text(writer: &mut impl fmt::Write, name: &str, value: &dyn fmt::Debug) -> fmt::Result {
    if name == "message" {
        return write!(Escaped(writer), "{value:?} ");
    }
    write!(Escaped(writer), "{name}={value:?} ")
}

/// Writes text on one line on which nothing acts: what would becomes an escape that can be read.
struct Escaped<'a, W>(&'a mut W);

impl<W: fmt::Write> fmt::Write for Escaped<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match effect(c) {
                Effect::Shows => self.0.write_char(c)?,
                Effect::Acts | Effect::EndsLine | Effect::Hides => write!(self.0, "{}", c.escape_unicode())?,
            }
        }
        Ok(())
    }
}

/// Says whether systemd connected stderr to the journal: it names device and inode of that connection.
fn stderr_is_the_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    let Ok(stderr) = std::io::stderr().as_fd().try_clone_to_owned() else { return false };
    File::from(stderr).metadata().is_ok_and(|stderr| stream == format!("{}:{}", stderr.dev(), stderr.ino()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tracing::Level;

    use super::*;

    #[test]
    fn libraries_are_logged_from_info_up_and_our_own_events_at_every_level() {
        let ceiling = ceiling();
        for target in
            ["hyper_util::client", "h2::codec", "reqwest::connect", "rustls::client", "tarpc::server"]
        {
            assert!(!ceiling.would_enable(target, &Level::DEBUG), "{target}");
            assert!(ceiling.would_enable(target, &Level::INFO), "{target}");
        }
        assert!(ceiling.would_enable("syncd::intercom::call", &Level::TRACE));
    }

    #[test]
    fn what_is_logged_stays_on_its_line_and_cannot_act() {
        let mut text = String::new();
        let hostile = "id\n2026-01-01 ERROR forged\r\x1b[2J\u{9b}2J\u{202e}\u{200b}é";
        field_text(&mut text, "message", &format_args!("{hostile}")).unwrap();
        field_text(&mut text, "error", &format_args!("{hostile}")).unwrap();
        let escaped = "id\\u{a}2026-01-01 ERROR forged\\u{d}\\u{1b}[2J\\u{9b}2J\\u{202e}\\u{200b}é";
        assert_eq!(text, format!("{escaped} error={escaped} "));
    }
}
