//! `intercom-evaluation`: a workspace of which everything is known, and questions about it, to put any agent in front of.

use std::io::Write as _;

use anyhow::Context as _;
use clap::Parser;
use sim::{Options, Sim};
use tokio::signal::ctrl_c;

/// Serve a workspace with known truth on loopback, and print questions about it
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
struct Args {
    /// Print the right answers, too
    #[arg(long)]
    answers: bool,
    /// Loopback port; 0 takes any free one
    #[arg(long, value_name = "P", default_value_t = 0)]
    port: u16,
    /// Access token to accept
    #[arg(long, value_name = "T", default_value = "sim-token")]
    token: String,
}

const EXAMPLES: &str = "\
Examples:
  intercom-evaluation --answers > right.txt   # to judge by
  SYNCD_API_URL=http://127.0.0.1:PORT INTERCOM_ACCESS_TOKEN=sim-token syncd --once

Point a daemon of its own at the address, give the agent nothing but syncd's tools and the questions, and compare.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let Args { answers, port, token } = Args::parse();
    let options = Options { conversations: 0, port, token, ..Options::default() };
    let sim = Sim::start(options).await.context("starting the workspace")?;
    let evaluation = sim.evaluate();
    let mut text = String::new();
    for (number, question) in (1..).zip(evaluation.questions()) {
        text += &format!("{number}. {}\n", question.asked);
        if answers {
            text += &format!("   {}\n", question.answer);
        }
    }
    let mut stdout = std::io::stdout();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).context("printing the questions")?;
    eprintln!("serving {} conversations at {}, until interrupted", evaluation.told.len(), sim.url());
    ctrl_c().await.context("waiting for an interrupt")
}
