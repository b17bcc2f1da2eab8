//! Whose token it is: asked of Intercom by `syncd`, the only program that talks to it. The token goes there on standard
//! input, where no other program can read it.

use std::fmt;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use proto::local::{self, WORKSPACE};
use proto::setup::{CHECK_TOKEN, TokenCheck};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::{Init, Region};
use crate::exit::{Exit, Failure};
use crate::programs;
use crate::settings::Settings;

/// Where to ask.
pub(super) enum Address {
    /// At an address of the user's own.
    Url(String),
    /// In the region that the user names.
    Named(Region),
    /// In this region first; it is the default or the configuration's, and can be wrong.
    Supposed(Region),
}

impl Address {
    /// Tells it from flags, environment and configuration.
    ///
    /// # Errors
    /// When a region is named that would have no effect.
    pub(super) fn of(args: &Init, settings: &Settings) -> Result<Self> {
        let variable = |name: &str| local::setting(name)?.into_string().ok();
        let configured = || variable("SYNCD_API_URL").or_else(|| settings.get("api_url").map(str::to_owned));
        match (&args.api_url, args.region, configured()) {
            (Some(url), _, _) => Ok(Self::Url(url.clone())),
            (None, Some(_), Some(url)) => {
                let message = format!("--region has no effect, since api_url is {url:?}");
                let hint =
                    format!("take api_url out of {}, or leave --region out", settings.path().display());
                Err(Failure::new(Exit::Usage, message).hint(hint).into())
            }
            (None, Some(region), None) => Ok(Self::Named(region)),
            (None, None, Some(url)) => Ok(Self::Url(url)),
            (None, None, None) => {
                let word = variable("SYNCD_REGION").or_else(|| settings.get("region").map(str::to_owned));
                Ok(Self::Supposed(word.and_then(|word| Region::of(&word)).unwrap_or(Region::Us)))
            }
        }
    }
}

/// A workspace, as people know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Workspace {
    pub(super) id: String,
    pub(super) name: Option<String>,
}

impl fmt::Display for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} ({})", self.id),
            None => write!(f, "workspace {}", self.id),
        }
    }
}

/// What a token opens.
pub(super) struct Found {
    pub(super) workspace: Workspace,
    /// Where the workspace is, whatever was supposed.
    pub(super) region: Region,
}

/// Returns the workspace that a token opens. A region that was only supposed is corrected.
///
/// # Errors
/// With exit code 5 when Intercom does not accept the token, in words of Intercom's.
pub(super) async fn find(token: &SecretString, address: &Address) -> Result<Found> {
    let program = programs::find("syncd")?;
    let asked = |endpoint| ask(&program, token, endpoint);
    let (region, answer) = match address {
        Address::Url(url) => (Region::Us, asked(Endpoint::Url(url)).await?),
        Address::Named(region) => (*region, asked(Endpoint::Region(*region)).await?),
        Address::Supposed(region) => {
            let mut answer = (*region, asked(Endpoint::Region(*region)).await?);
            for other in [Region::Us, Region::Eu, Region::Au] {
                let known = !matches!(answer.1, TokenCheck::Refused { unknown: true, .. });
                if known || other == *region {
                    continue;
                }
                // Where nobody accepts it, what the supposed region said counts.
                if let accepted @ TokenCheck::Accepted { .. } = asked(Endpoint::Region(other)).await? {
                    answer = (other, accepted);
                }
            }
            answer
        }
    };
    match answer {
        TokenCheck::Accepted { id, name, region: told } => {
            let told = told.as_deref().and_then(Region::of).unwrap_or(region);
            // An address that works is not given up for one that does not.
            let moves = matches!(address, Address::Url(_))
                || told == region
                || matches!(asked(Endpoint::Region(told)).await?, TokenCheck::Accepted { .. });
            let region = if moves { told } else { region };
            Ok(Found { workspace: Workspace { id, name }, region })
        }
        TokenCheck::Refused { message, .. } => {
            let failure = Failure::new(Exit::Refused, format!("the token is not accepted: {message}"));
            Err(failure.hint("nothing was changed; copy the token once more and repeat syncctl init").into())
        }
        TokenCheck::Failed { message } => {
            let failure = Failure::new(Exit::Error, format!("the token cannot be checked: {message}"));
            Err(failure.hint("nothing was changed; repeat syncctl init when Intercom can be reached").into())
        }
    }
}

/// Where one question goes.
#[derive(Clone, Copy)]
enum Endpoint<'a> {
    Url(&'a str),
    Region(Region),
}

async fn ask(program: &PathBuf, token: &SecretString, endpoint: Endpoint<'_>) -> Result<TokenCheck> {
    let mut command = Command::new(program);
    command.arg(CHECK_TOKEN).env_remove("INTERCOM_ACCESS_TOKEN").kill_on_drop(true);
    // What the variables below say is about this workspace.
    command.env(WORKSPACE, local::Workspace::chosen().name().unwrap_or_default());
    match endpoint {
        Endpoint::Url(url) => command.env("SYNCD_API_URL", url),
        Endpoint::Region(region) => command.env("SYNCD_REGION", region.word()).env_remove("SYNCD_API_URL"),
    };
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let failed = || format!("cannot run {} {CHECK_TOKEN}", program.display());
    let mut child = command.spawn().with_context(failed)?;
    let mut input = child.stdin.take().with_context(failed)?;
    // A child that ends without reading has said why.
    let _ = input.write_all(token.expose_secret().as_bytes()).await;
    drop(input);
    let output = child.wait_with_output().await.with_context(failed)?;
    if let Ok(answer) = serde_json::from_slice(&output.stdout) {
        return Ok(answer);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    // How the address was handed over is no matter of the user's.
    let said = said.replace("the environment variable SYNCD_API_URL: `api_url`", "the API address");
    let message = match said.trim().trim_start_matches("error: ") {
        "" => format!("syncd ended with {}", output.status),
        said => said.to_owned(),
    };
    Err(Failure::new(Exit::Error, message).hint("nothing was changed").into())
}
