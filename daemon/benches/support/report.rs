//! One line for each thing measured: what it is, its value, the floor's, the ratio, the target, how busy the machine was.

use std::time::Duration;

/// A line that is being put together.
pub(crate) struct Line {
    name: String,
    value: String,
    floor: String,
    ratio: String,
    target: String,
}

/// Begins a line.
pub(crate) fn line(name: impl Into<String>, value: impl Into<String>) -> Line {
    let none = String::new;
    Line { name: name.into(), value: value.into(), floor: none(), ratio: none(), target: none() }
}

impl Line {
    /// Adds the floor and the ratio to it.
    pub(crate) fn floor(mut self, floor: impl Into<String>, ratio: f64) -> Self {
        (self.floor, self.ratio) = (floor.into(), format!("{ratio:.2} x"));
        self
    }

    /// Adds what is aimed at, and prints the line.
    pub(crate) fn target(mut self, target: &str) {
        self.target = format!("[{target}]");
        self.print();
    }

    /// Prints the line.
    pub(crate) fn print(self) {
        let Self { name, value, floor, ratio, target } = self;
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or_default();
        println!("{name:<44} {value:>22} {floor:>22} {ratio:>8} {target:<36} load {load}");
    }
}

/// Prints the names of the columns.
pub(crate) fn heading() {
    println!("{:<44} {:>22} {:>22} {:>8} [target]", "", "value", "floor", "ratio");
}

/// Returns a time as text, in milliseconds.
pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}

/// Returns a speed as text.
pub(crate) fn per_second(count: f64, time: Duration) -> String {
    format!("{:.0} /s", count / time.as_secs_f64())
}
