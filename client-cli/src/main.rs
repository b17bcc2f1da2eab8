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

use std::process::ExitCode;
use std::time::Instant;

use clap::{CommandFactory as _, Parser as _};
use clap_complete::CompleteEnv;

use crate::args::Cli;
use crate::context::Context;

fn main() -> ExitCode {
    // Ends here where a shell asks what could be typed next.
    CompleteEnv::with_factory(Cli::command).complete();
    let cli = Cli::parse();
    let context = Context::new(&cli.global);
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
