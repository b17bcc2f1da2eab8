//! Shows on standard error that a sync is waited for: a bar on a terminal, one line elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use proto::display::duration;
use proto::types::{Phase, SyncReport};

use crate::context::Context;
use crate::render::{Buffer, style};

/// How often the bar's spinner turns.
const TICK: Duration = Duration::from_millis(120);
const KNOWN: &str = "{spinner} {prefix} [{wide_bar}] {pos}/{len} {msg}";
const UNKNOWN: &str = "{spinner} {prefix} {pos} {msg}";

/// What a person sees while a sync runs. Nothing is drawn before the first report.
pub(crate) struct Meter<'a> {
    context: &'a Context,
    /// What is said at first.
    opening: &'static str,
    /// The bar, once something was reported and somebody can see it.
    bar: Option<ProgressBar>,
    started: bool,
}

impl<'a> Meter<'a> {
    /// Returns a meter that says `opening` when the first report comes.
    pub(crate) const fn new(context: &'a Context, opening: &'static str) -> Self {
        Self { context, opening, bar: None, started: false }
    }

    /// Shows a report.
    pub(crate) fn show(&mut self, report: &SyncReport) {
        if !self.started {
            self.start();
        }
        let Some(bar) = &self.bar else { return };
        let template = if report.total.is_some() { KNOWN } else { UNKNOWN };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(phase(report.phase));
        bar.set_length(report.total.unwrap_or(0));
        bar.set_position(report.done);
        bar.set_message(pace(report));
    }

    fn start(&mut self) {
        self.started = true;
        let mut buffer = Buffer::new(&self.context.err);
        buffer.put(style::PLAIN, self.opening).end();
        self.context.note(&buffer);
        if self.context.err.terminal && !self.context.quiet {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(TICK);
            self.bar = Some(bar);
        }
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Queued => "waiting for its turn",
        Phase::Listing => "listing what changed",
        Phase::Fetching => "fetching conversations",
        Phase::Settling => "settling",
        Phase::Done => "done",
        Phase::Failed => "failed",
    }
}

fn pace(report: &SyncReport) -> String {
    let mut text = String::new();
    if report.millirate > 0 {
        text = format!("{}.{}/s", report.millirate / 1000, report.millirate % 1000 / 100);
    }
    if let Some(seconds) = report.eta_seconds {
        text = format!("{text} {} left", duration(seconds));
    }
    text.trim_start().to_owned()
}
