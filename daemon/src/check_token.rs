//! `--check-token`: says what Intercom makes of an access token, for `syncctl init`. Opens no database and keeps nothing.
//!
//! The token comes on standard input, since arguments and environment can be read by other programs of the user.

use std::io::{self, Write as _};
use std::time::Duration;

use anyhow::Context as _;
use proto::setup::TokenCheck;
use syncd::clock::WallClock;
use syncd::config::{Config, Overrides, Token};
use syncd::intercom::{Advice, Error, Intercom, Priority, Refusal, Settings};

/// How long somebody waits at a prompt for Intercom's answer, tries and pauses included.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads the token, asks, and prints the answer as JSON. What Intercom says of it is an answer, whatever that is.
///
/// # Errors
/// When there is no token, or the configuration is wrong.
pub(crate) fn run(flags: &Overrides) -> anyhow::Result<()> {
    let (base_url, route) = Config::address(flags)?;
    let token = Token::read(io::stdin().lock(), "standard input")?;
    let secret = token.secret.context("there is no access token on standard input")?;
    let settings =
        Settings { base_url, route, token: secret, requests_per_minute: None, wall: WallClock::system() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let answer = runtime.context("starting the thread that asks")?.block_on(ask(settings));
    let mut line = serde_json::to_string(&answer)?;
    line.push('\n');
    io::stdout().lock().write_all(line.as_bytes()).context("writing the answer")
}

async fn ask(settings: Settings) -> TokenCheck {
    let intercom = match Intercom::new(settings) {
        Ok(intercom) => intercom,
        Err(error) => return judge(&error),
    };
    match tokio::time::timeout(PATIENCE, intercom.me(Priority::Waiting)).await {
        Ok(Ok(workspace)) => {
            TokenCheck::Accepted { id: workspace.id, name: workspace.name, region: workspace.region }
        }
        Ok(Err(error)) => judge(&error),
        Err(_) => TokenCheck::Failed {
            message: format!("Intercom gave no answer within {} seconds", PATIENCE.as_secs()),
        },
    }
}

fn judge(error: &Error) -> TokenCheck {
    let message = error.to_string();
    match error.advice() {
        Advice::GiveUp(refusal @ (Refusal::Token | Refusal::Scope | Refusal::Plan)) => {
            TokenCheck::Refused { message, unknown: refusal == Refusal::Token }
        }
        _ => TokenCheck::Failed { message },
    }
}
