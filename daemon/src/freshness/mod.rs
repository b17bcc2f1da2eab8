//! What the daemon may claim. PURE: no IO, no async, no clock; `now` and everything else is an argument.
//!
//! [`Coverage`] is which spans of activity are held; [`verdict()`] turns it into what an answer says of itself;
//! [`plan`] says which span to fetch next.

mod coverage;
pub mod plan;
#[cfg(test)]
mod tests;
mod verdict;

pub use coverage::{Coverage, Scan};
pub use verdict::{Policy, Verdict, normalise, verdict};
