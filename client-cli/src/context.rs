//! What every command is given: the global flags, and the two screens that it prints to.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;

use anstream::AutoStream;
use anyhow::Result;
use chrono::{DateTime, Local, Utc};
use proto::Timestamp;
use serde::Serialize;
use supports_hyperlinks::Stream;
use terminal_size::{Height, Width, terminal_size_of};

use crate::args::{Color, Global};
use crate::pager::Pager;
use crate::render::{Buffer, Screen, clean_json, local_zone, style};

/// Width of text that does not go to a terminal, in columns.
const PLAIN_WIDTH: usize = 100;
/// Widest text, in columns: longer lines are hard to read.
const READABLE_WIDTH: usize = 120;

/// The global flags, and where output goes.
pub(crate) struct Context {
    /// The socket that `--socket` names.
    pub(crate) socket: Option<PathBuf>,
    /// One JSON document instead of text.
    pub(crate) json: bool,
    /// Nothing but the answer and errors.
    pub(crate) quiet: bool,
    /// Also what is asked, and how long that takes.
    pub(crate) verbose: bool,
    /// What shows an answer that is longer than the terminal.
    pager: Pager,
    /// What was said beside the answer so far: the pager shows it above the answer, which it hides it behind.
    noted: RefCell<String>,
    /// Lines of the terminal.
    height: usize,
    /// Standard output: the answer.
    pub(crate) out: Screen,
    /// Standard error: progress, notes, errors.
    pub(crate) err: Screen,
    /// When the command was given.
    pub(crate) now: DateTime<Local>,
}

impl Context {
    /// Looks at the flags and at what the output streams are.
    pub(crate) fn new(global: &Global) -> Self {
        let choice = match global.color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
        let now = Local::now();
        let links = |stream| match global.color {
            Color::Auto => supports_hyperlinks::on(stream),
            Color::Always => true,
            Color::Never => false,
        };
        let screen = |stream, terminal, choice, size: Option<(Width, Height)>| Screen {
            width: size.map_or(PLAIN_WIDTH, |(width, _)| usize::from(width.0).min(READABLE_WIDTH)),
            terminal,
            styled: choice != anstream::ColorChoice::Never,
            links: choice != anstream::ColorChoice::Never && links(stream),
            now: Timestamp::from(now.with_timezone(&Utc)),
            zone: local_zone,
        };
        let (out, err) = (io::stdout(), io::stderr());
        Self {
            socket: global.socket.clone(),
            json: global.json,
            quiet: global.quiet,
            verbose: global.verbose,
            pager: if global.no_pager { Pager::None } else { Pager::of(std::env::var_os("PAGER")) },
            noted: RefCell::default(),
            height: terminal_size_of(&out).map_or(usize::MAX, |(_, height)| usize::from(height.0)),
            out: screen(Stream::Stdout, out.is_terminal(), AutoStream::choice(&out), terminal_size_of(&out)),
            err: screen(Stream::Stderr, err.is_terminal(), AutoStream::choice(&err), terminal_size_of(&err)),
            now,
        }
    }

    /// Prints the answer as text.
    ///
    /// # Errors
    /// When standard output cannot be written, as when its reader has gone.
    pub(crate) fn print(&self, buffer: &Buffer<'_>) -> Result<()> {
        write_out(buffer.as_str().as_bytes())
    }

    /// Prints an answer as text that may be long: where it does not fit onto the terminal, in the user's pager.
    ///
    /// # Errors
    /// As [`Context::print`].
    pub(crate) async fn page(&self, buffer: &Buffer<'_>) -> Result<()> {
        let is_long = self.out.terminal && buffer.as_str().lines().count() >= self.height;
        if is_long {
            let text = self.noted.take() + buffer.as_str();
            if self.pager.show(&text).await? {
                return Ok(());
            }
        }
        self.print(buffer)
    }

    /// Prints the answer as one JSON document: indented for people, on one line for programs.
    ///
    /// # Errors
    /// As [`Context::print`].
    pub(crate) fn print_json(&self, document: &impl Serialize) -> Result<()> {
        let json = if self.out.terminal {
            serde_json::to_string_pretty(document)?
        } else {
            serde_json::to_string(document)?
        };
        let mut text = clean_json(json);
        text.push('\n');
        write_out(text.as_bytes())
    }

    /// Prints to standard error what is beside the answer, unless nobody wants to hear it.
    pub(crate) fn note(&self, buffer: &Buffer<'_>) {
        if !self.quiet {
            self.say(buffer);
            self.noted.borrow_mut().push_str(buffer.as_str());
        }
    }

    /// Prints to standard error what only they want to know who look into how things work.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose {
            let mut buffer = Buffer::new(&self.err);
            buffer.put(style::FAINT, text).end();
            self.note(&buffer);
        }
    }

    /// Prints to standard error what has to be known: an error, a question. Whether that works changes nothing: there is
    /// nowhere else to complain.
    pub(crate) fn say(&self, buffer: &Buffer<'_>) {
        let _ = io::stderr().lock().write_all(buffer.as_str().as_bytes());
    }
}

/// Writes bytes to standard output at once.
///
/// # Errors
/// When it cannot be written, as when its reader has gone.
pub(crate) fn write_out(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
}
