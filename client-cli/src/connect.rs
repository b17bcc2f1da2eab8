//! The way to the daemon. Starts nothing: a daemon that is not there is reported with how to start it.

use std::time::{Duration, Instant};

use anyhow::Result;
use proto::client::{Client, ClientError};
use proto::{ApiError, PROTOCOL};

use crate::context::Context;
use crate::render::{Sheet, style};

/// How long a command waits for a daemon that brings its database up to date.
const STARTING: Duration = Duration::from_secs(30);
/// How often it says meanwhile how far that is.
const SAY: Duration = Duration::from_secs(5);

/// Connects to the user's daemon: at the socket of `--socket`, else wherever it is.
pub(crate) async fn connect(context: &Context) -> Result<Client> {
    let client = Client::find(context.socket.as_deref()).await?;
    context.detail(&format!("asking syncd at {}", client.socket().display()));
    context.detail(&format!("it speaks protocol {PROTOCOL}, as this program does"));
    Ok(client)
}

/// Does what `command` does, once more for as long as the daemon is starting, which is said meanwhile.
///
/// # Errors
/// Those of the command; also when the daemon takes too long.
pub(crate) async fn when_started<T, Outcome>(context: &Context, command: impl Fn() -> Outcome) -> Result<T>
where
    Outcome: Future<Output = Result<T>>,
{
    let begun = Instant::now();
    let mut said: Option<Instant> = None;
    loop {
        let outcome = command().await;
        let Err(error) = &outcome else { return outcome };
        let Some(ClientError::Api(ApiError::Starting(how_far))) = error.downcast_ref() else {
            return outcome;
        };
        if begun.elapsed() > STARTING {
            return outcome;
        }
        // The daemon holds its answer back for a moment, so this does not spin.
        if said.is_none_or(|said| said.elapsed() > SAY) {
            said = Some(Instant::now());
            let mut sheet = Sheet::new(&context.err);
            sheet.put(style::NOTE, "note: ").put(style::PLAIN, &format!("syncd is {how_far}")).end();
            context.note(&sheet);
        }
    }
}
