//! `sql`: a question in SQL, over the documented views of the local copy.

use std::io::{IsTerminal as _, Read as _};

use anyhow::{Context as _, Result};
use clap::Args;
use csv::WriterBuilder;
use proto::ApiError;
use proto::client::ClientError;
use proto::types::{SqlCut, SqlReply, SqlRequest, SqlSchema, SqlValue};

use crate::args::{FreshArgs, WindowArgs};
use crate::connect::connect;
use crate::context::{Context, write_out};
use crate::exit::{Exit, Failure};
use crate::meter::Meter;
use crate::question::{Notes, SYNCING, WaitArgs, add_notes};
use crate::render::{Buffer, clean, style, table};

/// Columns of the screen that a value may take.
const WIDEST: usize = 200;

const EXAMPLES: &str = "\
Examples:
  syncctl sql --schema
  syncctl sql \"SELECT state, count(*) FROM conversations GROUP BY state\"
  syncctl sql --timeframe \"last 30 days\" \"SELECT author_name, count(*) FROM messages WHERE author_type = 'admin' GROUP BY 1\"
  syncctl sql \"SELECT id, title FROM conversations WHERE matches(id, 'refund tag:vip')\" --csv > refunds.csv
  syncctl sql - < query.sql

One statement that only reads, within 5 s and 1 MiB of rows. Rows that are left out are counted and reported.";

/// Answer a question in SQL
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Sql {
    /// Answer this SELECT statement; `-` reads it from standard input
    #[arg(value_name = "QUERY", required_unless_present = "schema")]
    query: Option<String>,
    /// Print the views, their columns and the functions
    #[arg(long, conflicts_with = "query")]
    schema: bool,
    /// Print rows as CSV
    #[arg(long, conflicts_with_all = ["json", "schema"])]
    csv: bool,
    /// Print at most this many rows
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    fresh: FreshArgs,
}

/// Answers a question, or prints what can be asked.
///
/// # Errors
/// When a flag or the statement cannot be read, or no daemon answers.
pub(crate) async fn run(args: &Sql, context: &Context) -> Result<Exit> {
    let Some(query) = &args.query else {
        return schema(&connect(context).await?.sql_schema().await?, context);
    };
    let request = SqlRequest {
        sql: if query == "-" { typed()? } else { query.clone() },
        window: args.window.window(&context.now)?,
        max_rows: args.limit,
    };
    let client = connect(context).await?;
    let mut meter = Meter::new(context, SYNCING);
    let answer = client.sql_fresh(&request, args.wait.wait, |report| meter.show(report)).await;
    drop(meter);
    let reply = answer.map_err(pointed)?;

    let mut notes = Buffer::new(&context.err);
    let (window, healing) = (reply.window, reply.sync.is_some());
    let said = Notes { info: &reply.sync_info, window, unknown: &reply.unknown, healing };
    add_notes(&mut notes, &said, &args.wait);
    if let Some(left_out) = left_out(&reply) {
        notes.put(style::WARN, "warning: ").put(style::PLAIN, &left_out).end();
    }
    context.note(&notes);
    if context.json {
        context.print_json(&reply)?;
    } else if args.csv {
        write_out(&csv(&reply, context.out.terminal)?)?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        rows(&mut buffer, &reply);
        context.page(&buffer).await?;
    }
    Ok(args.fresh.exit(&reply.sync_info))
}

/// Reads a statement from standard input.
fn typed() -> Result<String> {
    let mut input = std::io::stdin().lock();
    if input.is_terminal() {
        eprintln!("Type a SELECT statement, and end it with Ctrl-D:");
    }
    let mut text = String::new();
    input.read_to_string(&mut text).context("cannot read the statement from standard input")?;
    Ok(text)
}

/// Returns the error whose further lines point at the place in the statement.
fn pointed(error: ClientError) -> anyhow::Error {
    match error {
        ClientError::Api(ApiError::BadRequest(text)) => {
            let (what, place) = text.split_once('\n').unwrap_or((&text, ""));
            Failure::new(Exit::Usage, what)
                .below(place)
                .hint("the views and their columns: syncctl sql --schema")
                .into()
        }
        error => error.into(),
    }
}

/// Returns how many rows are not shown, and why.
fn left_out(reply: &SqlReply) -> Option<String> {
    let cut = reply.cut?;
    let shown = reply.rows.len();
    let all = match reply.total {
        Some(total) => format!("{shown} of {total} rows are shown"),
        None => format!("{shown} of at least {} rows are shown", reply.total_at_least),
    };
    Some(match cut {
        SqlCut::Rows => format!("{all}: --limit shows up to 10000"),
        SqlCut::Bytes => format!("{all}: more than 1 MiB; take fewer columns, or substr(body, 1, 200)"),
        SqlCut::Time => format!("{all}: the query took longer than is allowed"),
        SqlCut::Memory => format!("{all}: the query needed more memory than is allowed"),
    })
}

fn schema(schema: &SqlSchema, context: &Context) -> Result<Exit> {
    if context.json {
        context.print_json(schema)?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        for view in &schema.views {
            buffer.put(style::STRONG, &view.name).put(style::FAINT, &format!("  {}", view.about)).end();
            let columns = view.columns.iter().map(|column| vec![column.name.clone(), column.about.clone()]);
            for column in columns {
                buffer.indent(2).field(&column[0], style::PLAIN, &column[1]);
            }
            buffer.end();
        }
        buffer.put(style::STRONG, "functions").put(style::FAINT, "  besides SQLite's usual ones").end();
        for function in &schema.functions {
            buffer.block(style::PLAIN, 2, &format!("{}  {}", function.name, function.about));
        }
        buffer.end();
        for note in &schema.notes {
            buffer.block(style::PLAIN, 0, note);
        }
        context.print(&buffer)?;
    }
    Ok(Exit::Done)
}

/// Adds the rows as a table, and how many there are.
fn rows(buffer: &mut Buffer<'_>, reply: &SqlReply) {
    let head: Vec<&str> = reply.columns.iter().map(String::as_str).collect();
    let text = |value: &SqlValue| match value {
        SqlValue::Null => "-".to_owned(),
        value => shortened(&plain(value)),
    };
    let body: Vec<Vec<String>> = reply.rows.iter().map(|row| row.iter().map(text).collect()).collect();
    let is_number = |column: &usize| {
        let mut values = reply.rows.iter().filter_map(|row| row.get(*column)).peekable();
        values.peek().is_some() && values.all(|value| !matches!(value, SqlValue::Text(_)))
    };
    let numbers: Vec<usize> = (0..head.len()).filter(is_number).collect();
    table(buffer, &head, &body, &numbers);
    let shown = reply.rows.len();
    let count = match (reply.cut, reply.total) {
        (None, _) => format!("{shown} row{}", if shown == 1 { "" } else { "s" }),
        (Some(_), Some(total)) => format!("{shown} of {total} rows"),
        (Some(_), None) => format!("{shown} of at least {} rows", reply.total_at_least),
    };
    buffer.end().put(style::FAINT, &count).end();
}

/// Returns the beginning of a text that is longer than a table shows.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn plain(value: &SqlValue) -> String {
    match value {
        SqlValue::Null => String::new(),
        SqlValue::Integer(number) => number.to_string(),
        SqlValue::Real(number) => format!("{number:?}"),
        SqlValue::Text(text) => text.clone(),
    }
}

/// Returns the rows as CSV: a head, then a line each.
fn csv(reply: &SqlReply, terminal: bool) -> Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    let shown = |text: String| if terminal { clean(&text).into_owned() } else { text };
    writer.write_record(reply.columns.iter().map(|name| shown(name.clone())))?;
    for row in &reply.rows {
        writer.write_record(row.iter().map(|value| shown(plain(value))))?;
    }
    writer.into_inner().map_err(|error| error.into_error()).context("cannot write CSV")
}
