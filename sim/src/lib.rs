//! A simulated Intercom workspace behind real HTTP on loopback.
//!
//! [`Sim`] is the handle: it starts the server, changes conversations, injects [`Fault`]s and tells the truth that
//! tests compare claims with. What lies inside points one way: `server` answers from `search`, `wire` and `world`;
//! `world` holds what changed over what `generate` makes up on demand from a seed.
//!
//! It is for tests, benchmarks and demonstrations; nothing that talks to the real Intercom belongs here.

mod change;
mod clock;
mod editor;
mod evaluation;
mod fault;
mod generate;
mod handle;
mod options;
mod person;
mod plain;
mod random;
mod requests;
mod search;
mod server;
mod truth;
mod wire;
mod world;

pub use change::{Author, New};
pub use evaluation::{Evaluation, Question, Told};
pub use fault::{Body, Fault, FaultId, FaultKind, ParseFaultError, Target, Times};
pub use handle::Sim;
pub use options::{Clock, Options, Parts, Rows};
pub use person::Person;
pub use random::RandomChange;
pub use requests::Requests;
pub use truth::{Truth, TruthCustomer, TruthMessage};
pub use world::fields::{Agent, Set, Sla, Ticket};
