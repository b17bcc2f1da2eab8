//! `syncctl`: asks the daemon and shows what it answers. Knows neither the database nor Intercom.

mod args;
mod ask;
mod commands;
mod connect;
mod context;
mod environment;
mod exit;
mod files;
mod filter;
mod meter;
mod pager;
mod programs;
mod question;
mod render;
mod settings;
mod suggest;
mod target;

use std::env;
use std::process::ExitCode;
use std::time::Instant;

use clap::{CommandFactory as _, Parser as _};
use clap_complete::CompleteEnv;
use proto::local::Workspace;

use crate::args::Cli;
use crate::commands::completions;
use crate::context::Context;
use crate::exit::{Exit, Failure};

fn main() -> ExitCode {
    if env::var_os(completions::VARIABLE).is_some() {
        // What can be typed next is asked of the workspace that was typed.
        let _ = Workspace::choose(Workspace::in_words(env::args_os()).as_ref());
    }
    // Ends here where a shell asks what could be typed next.
    CompleteEnv::with_factory(Cli::command).complete();
    let cli = Cli::parse();
    let context = Context::new(&cli.global);
    if let Err(error) = Workspace::choose(cli.global.workspace.as_ref()) {
        return exit::report(&Failure::new(Exit::Usage, error.to_string()).into(), &context).into();
    }
    let begun = Instant::now();
    // One thread: the program asks one question and prints the answer.
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| anyhow::Error::new(error).context("cannot start the async runtime"))
        .and_then(|runtime| {
            runtime.block_on(connect::when_started(&context, || commands::run(&cli.command, &context)))
        });
    context.detail(&format!("took {} ms", begun.elapsed().as_millis()));
    outcome.unwrap_or_else(|error| exit::report(&error, &context)).into()
}
