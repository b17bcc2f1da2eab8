//! `status`: what the daemon knows and does, once or again and again.

use std::borrow::Cow;
use std::time::Duration;

use anyhow::Result;
use chrono::Utc;
use clap::Args;
use proto::client::{Client, ClientError};
use proto::{ApiError, Starting, Timestamp, types};
use serde_json::json;
use terminal_size::terminal_size;

use crate::connect::connect;
use crate::context::{Context, write_out};
use crate::exit::{Exit, Failure};
use crate::render::{Buffer, Screen, status, style};

/// How often `--watch` draws.
const REDRAW: Duration = Duration::from_secs(1);

const EXAMPLES: &str = "\
Examples:
  syncctl status
  syncctl status --watch
  syncctl status --json | jq .last_sync";

/// Show what the daemon knows and does
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Status {
    /// Keep drawing until interrupted
    #[arg(long)]
    watch: bool,
}

/// Prints the status.
///
/// # Errors
/// When no daemon answers; with `--watch` only where none did from the start.
pub(crate) async fn run(args: &Status, context: &Context) -> Result<Exit> {
    if args.watch && context.json {
        let message = "--watch cannot be used with --json, which prints one document";
        return Err(Failure::new(Exit::Usage, message)
            .hint("run it repeatedly: syncctl status --json")
            .into());
    }
    let client = connect(context).await?;
    if args.watch {
        return watch(client, context).await;
    }
    let answer = match client.status().await {
        Err(ClientError::Api(ApiError::Starting(how_far))) => return starting(&how_far, context),
        answer => answer?,
    };
    if context.json {
        context.print_json(&answer)?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        status(&mut buffer, &answer);
        context.print(&buffer)?;
    }
    Ok(Exit::Done)
}

/// Says how far a daemon is that cannot answer yet.
fn starting(how_far: &Starting, context: &Context) -> Result<Exit> {
    if context.json {
        let Starting { updates, done, total } = how_far;
        context.print_json(&json!({ "starting": { "updates": updates, "done": done, "total": total } }))?;
    } else {
        let mut buffer = Buffer::new(&context.out);
        buffer.put(style::PLAIN, &format!("syncd is {how_far}")).end();
        context.print(&buffer)?;
    }
    Ok(Exit::Done)
}

/// Draws every second; a daemon that goes away is waited for.
async fn watch(client: Client, context: &Context) -> Result<Exit> {
    let mut client = Some(client);
    loop {
        let screen = Screen { now: Timestamp::from(Utc::now()), ..context.out };
        let mut buffer = Buffer::new(&screen);
        match ask(&mut client, context).await {
            Ok(answer) => status(&mut buffer, &answer),
            Err(error) => {
                buffer.put(style::BAD, "waiting for syncd: ").put(style::PLAIN, &error.to_string()).end();
            }
        }
        draw(buffer.as_str(), screen.terminal)?;
        tokio::time::sleep(REDRAW).await;
    }
}

/// Returns the status, over a new connection where the last one broke.
async fn ask(client: &mut Option<Client>, context: &Context) -> Result<types::Status> {
    let connection = match client.take() {
        Some(connection) => connection,
        None => connect(context).await?,
    };
    let answer = connection.status().await;
    if !answer.as_ref().is_err_and(ClientError::is_disconnected) {
        *client = Some(connection);
    }
    Ok(answer?)
}

/// Draws over what was drawn before on a terminal, below it elsewhere.
fn draw(text: &str, terminal: bool) -> Result<()> {
    if !terminal {
        return write_out(format!("{text}\n").as_bytes());
    }
    let height = terminal_size().map_or(usize::MAX, |(_, height)| usize::from(height.0));
    // Overwriting line by line instead of clearing first: nothing flickers.
    let lines = fitting(text, height).replace('\n', "\x1b[K\n");
    write_out(format!("\x1b[H{lines}\x1b[J").as_bytes())
}

/// Returns as many lines as a screen of this height can show without moving, and how many others there are.
fn fitting(text: &str, height: usize) -> Cow<'_, str> {
    let (lines, room) = (text.lines().count(), height.saturating_sub(1).max(1));
    if lines <= room {
        return Cow::Borrowed(text);
    }
    let shown: String = text.split_inclusive('\n').take(room - 1).collect();
    Cow::Owned(format!("{shown}({} more lines: make the window taller)\n", lines - (room - 1)))
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn a_short_screen_shows_the_first_lines_and_says_how_many_others_there_are() {
        let text = "a\nb\nc\nd\n";
        assert_eq!(fitting(text, 5), text);
        assert_eq!(fitting(text, 4), "a\nb\n(2 more lines: make the window taller)\n");
        for height in [0, 1, 2] {
            assert_eq!(fitting(text, height), "(4 more lines: make the window taller)\n", "{height}");
        }
    }
}
