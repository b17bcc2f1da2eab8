//! The way to the daemon. Starts nothing: a daemon that is not there is reported with how to start it.

use std::time::{Duration, Instant};

use anyhow::Result;
use proto::client::{Client, ClientError};
use proto::local::{Places, start};
use proto::{ApiError, PROTOCOL};
use tokio::time::sleep;

use crate::context::Context;
use crate::render::{Buffer, style};

/// How long a command waits for a daemon that brings its database up to date.
const STARTING: Duration = Duration::from_secs(30);
/// How long it waits before it asks again.
const LOOK: Duration = Duration::from_millis(50);
/// How often it says meanwhile how far that is.
const SAY: Duration = Duration::from_secs(5);

/// Connects to the user's daemon: at the socket of `--socket`, else wherever it is.
pub(crate) async fn connect(context: &Context) -> Result<Client> {
    let client = Client::find(context.socket.as_deref()).await?;
    context.detail(&format!("asking syncd at {}", client.socket().display()));
    context.detail(&format!("it speaks protocol {PROTOCOL}, as this program does"));
    Ok(client)
}

/// Does what `command` does, once more for as long as the daemon is starting or being replaced, which is said meanwhile.
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
        let Some(what) = error.downcast_ref().and_then(passing) else { return outcome };
        if begun.elapsed() > STARTING {
            return outcome;
        }
        if said.is_none_or(|said| said.elapsed() > SAY) {
            said = Some(Instant::now());
            let mut buffer = Buffer::new(&context.err);
            buffer.put(style::NOTE, "note: ").put(style::PLAIN, &format!("syncd is {what}")).end();
            context.note(&buffer);
        }
        sleep(LOOK).await;
    }
}

/// Returns what a daemon does that answers when that is done; `None` where waiting does not help.
fn passing(error: &ClientError) -> Option<String> {
    let may_be_replaced = match error {
        ClientError::Api(ApiError::Starting(how_far)) => return Some(how_far.to_string()),
        ClientError::VersionMismatch(peer) => peer.protocol < PROTOCOL,
        ClientError::NotSyncd { .. } => true,
        error => error.is_absent(),
    };
    let data = may_be_replaced.then(|| Places::here().and_then(|places| places.data_dir()))?.ok()?;
    start::is_being_replaced(&data).then(|| "being restarted".to_owned())
}
