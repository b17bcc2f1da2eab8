//! What this process has written, told by the kernel, and the memory that it has.

use std::fs::read_to_string;

/// How much was written up to a moment.
pub(crate) struct Written(u64);

impl Written {
    /// Returns what was written so far.
    pub(crate) fn now() -> Self {
        Self(field("io", "wchar:"))
    }

    /// Returns how many bytes were written since.
    pub(crate) fn bytes(&self) -> u64 {
        Self::now().0 - self.0
    }

    /// Prints what was written since, beside the size of something.
    pub(crate) fn print(&self, what: &str, size: u64, beside: &str) {
        let bytes = self.bytes();
        println!("{what}: {:.1} MB, {:.1} x {beside}", bytes as f64 / 1e6, bytes as f64 / size as f64);
    }
}

/// Returns the memory that is resident, and the most that ever was.
pub(crate) fn memory() -> String {
    let [now, most] = ["VmRSS:", "VmHWM:"].map(|name| field("status", name) / 1_024);
    format!("{now} MB, at most {most} MB")
}

fn field(file: &str, name: &str) -> u64 {
    let text = read_to_string(format!("/proc/self/{file}")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}
