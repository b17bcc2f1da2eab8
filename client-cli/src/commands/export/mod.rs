//! `export`: everything that matches, into a file or onto standard output, in memory that does not grow with it.

mod csv;
mod format;
mod jsonl;
mod parquet;
mod source;
mod table;
mod workbook;

use std::io;
use std::path::Path;

use anyhow::Result;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use proto::Interval;
use proto::types::{ListRequest, State, SyncInfo, Unknown};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use self::format::{About, Format, Shape, Writer};
use self::source::Source;
use self::table::Rows;
use crate::args::FreshArgs;
use crate::connect::connect;
use crate::context::Context;
use crate::exit::{self, Exit, Failure};
use crate::files;
use crate::meter::Meter;
use crate::question::{By, Notes, QuestionArgs, SYNCING, WaitArgs, add_notes};
use crate::render::{Buffer, style};
use crate::target::{Output, Target};

const EXAMPLES: &str = "\
Examples:
  syncctl export --timeframe \"last 30 days\" -o october.xlsx
  syncctl export --tag billing --state closed -o billing.csv
  syncctl export --since 2026-01-01 -o messages.parquet
  syncctl export --since yesterday | jq -r '.customer.email'

JSON Lines has one conversation a line, as show --json prints it. CSV, Parquet and Excel workbooks are tables, of one row a \
message or a conversation. Times are in UTC; in a workbook they are in your time zone, which its last sheet names. A file \
appears under its name once it is complete, and only you may read it.";

/// Write everything that matches into a file
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Export {
    #[command(flatten)]
    question: QuestionArgs,
    /// Apply the timeframe to this time of a conversation
    #[arg(long, value_name = "TIME", default_value = "activity")]
    by: By,
    /// Write this format; when left out, the one that the file's name ends with, else JSON Lines
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write into this file; - is standard output
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    output: Output,
    /// Make one row for each of these
    #[arg(long, value_name = "WHAT", default_value = "messages")]
    rows: RowsArg,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RowsArg {
    Messages,
    Conversations,
}

impl Export {
    fn shape(&self, context: &Context) -> Result<Shape> {
        let format = match (self.format, &self.output) {
            (Some(format), _) => format,
            (None, Output::Standard) => Format::Jsonl,
            (None, Output::File(file)) => Format::of(file)?,
        };
        let usage = |message: &str, hint: &str| Err(Failure::new(Exit::Usage, message).hint(hint).into());
        let is_standard = self.output == Output::Standard;
        if is_standard && context.json {
            let message = "--json prints a summary of the export, and standard output is the export itself";
            return usage(message, "name a file: -o conversations.jsonl");
        }
        let onto_terminal = is_standard && context.out.terminal;
        if onto_terminal && !format.is_text() {
            return usage("a terminal cannot show this format", "name a file: -o messages.xlsx");
        }
        let rows = match self.rows {
            RowsArg::Messages => Rows::Messages,
            RowsArg::Conversations => Rows::Conversations,
        };
        Ok(Shape { format, rows, terminal: onto_terminal, zone: context.out.zone })
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    file: Option<&'a Path>,
    conversations: u64,
    messages: u64,
    /// Texts that a cell of a workbook could not hold whole.
    cut: u64,
    sync_info: &'a SyncInfo,
    window: Interval,
    unknown: &'a [Unknown],
}

/// What was written.
#[derive(Clone, Copy, Default)]
struct Written {
    conversations: u64,
    messages: u64,
    /// Texts that the format had no room for.
    cut: u64,
}

/// Exports.
///
/// # Errors
/// When a flag cannot be read, no daemon answers, or the file cannot be written; then there is no file.
pub(crate) async fn run(args: &Export, context: &Context) -> Result<Exit> {
    let shape = args.shape(context)?;
    let question = args.question.question(args.by.into(), context)?;
    let client = connect(context).await?;
    let request = ListRequest { question, after: None, limit: source::PAGE };
    let mut meter = Meter::new(context, SYNCING);
    let first = client.list_fresh(&request, args.wait.wait, |report| meter.show(report)).await?;
    drop(meter);
    let mut source = Source::new(&client, request, first);
    let target = Target::open(&args.output)?;
    let file = target.path().map(Path::to_owned);

    let written = match target.unfinished().map(Path::to_owned) {
        // What is half written has to go before the program does.
        Some(unfinished) => tokio::select! {
            written = write(&mut source, target, shape, context) => written?,
            ended = ended() => {
                let signal = ended?;
                files::remove(&unfinished)?;
                let mut notes = Buffer::new(&context.err);
                notes.put(style::NOTE, "interrupted: ").put(style::PLAIN, "nothing was written").end();
                context.note(&notes);
                return Err(exit::by_signal(signal).into());
            }
        },
        None => write(&mut source, target, shape, context).await?,
    };
    conclude(args, context, &source, file.as_deref(), written)
}

/// Waits for a signal that ends programs, and returns which it is.
async fn ended() -> io::Result<SignalKind> {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [mut interrupt, mut terminate, mut hangup] =
        [signal(kinds[0])?, signal(kinds[1])?, signal(kinds[2])?];
    Ok(tokio::select! {
        _ = interrupt.recv() => kinds[0],
        _ = terminate.recv() => kinds[1],
        _ = hangup.recv() => kinds[2],
    })
}

/// Writes everything, and puts the file where it belongs.
async fn write(source: &mut Source<'_>, target: Target, shape: Shape, context: &Context) -> Result<Written> {
    let bar = progress(context, source.total());
    let mut writer = Writer::new(target, shape)?;
    let mut written = Written::default();
    while let Some(batch) = source.next().await? {
        for conversation in &batch {
            writer.add(conversation)?;
            written.conversations += 1;
            written.messages += conversation.messages.len() as u64;
        }
        bar.set_position(source.read());
    }
    written.cut = writer.cut();
    let about = About::new(source.reply(), written.conversations, written.messages);
    // Packing a large workbook takes a while, in which a signal is to be noticed.
    tokio::task::spawn_blocking(move || writer.finish(&about)?.keep()).await??;
    bar.finish_and_clear();
    Ok(written)
}

/// Returns a bar that is seen on a terminal only, and never between what is printed there.
fn progress(context: &Context, total: u64) -> ProgressBar {
    if !context.err.terminal || context.out.terminal && !context.json || context.quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template("exporting [{wide_bar}] {pos}/{len} {eta} left") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

/// Says what was written and how complete it is.
fn conclude(
    args: &Export,
    context: &Context,
    source: &Source<'_>,
    file: Option<&Path>,
    written: Written,
) -> Result<Exit> {
    let Written { conversations, messages, cut } = written;
    let reply = source.reply();
    let mut notes = Buffer::new(&context.err);
    let place = file.map_or_else(String::new, |file| format!(" to {}", file.display()));
    let text = format!("exported {conversations} conversations with {messages} messages{place}");
    notes.put(style::PLAIN, &text).end();
    if cut > 0 {
        let texts = if cut == 1 { "1 text that is" } else { &format!("{cut} texts that are") };
        let text =
            format!("{texts} longer than a cell can hold: a note in the cell says how much is missing");
        notes.put(style::NOTE, "cut: ").put(style::PLAIN, &text).end();
    }
    if reply.sync_info.state == State::Fresh {
        notes.put(style::GOOD, "fresh: ").put(style::PLAIN, "everything in the timeframe is in it").end();
    }
    let (window, healing) = (reply.window, reply.sync.is_some());
    let said = Notes { info: &reply.sync_info, window, unknown: &reply.unknown, healing };
    add_notes(&mut notes, &said, &args.wait);
    context.note(&notes);
    if context.json {
        context.print_json(&Document {
            file,
            conversations,
            messages,
            cut,
            sync_info: &reply.sync_info,
            window,
            unknown: &reply.unknown,
        })?;
    }
    Ok(args.fresh.exit(&reply.sync_info))
}
