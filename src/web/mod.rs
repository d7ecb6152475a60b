//! The console: pages over the record, for people who may read it. So far it has one: the record as stored, read-only.
//!
//! Invariants: everything shown goes through `domain/visible.rs` for the reader that the page was opened for, and is escaped; nothing here
//! writes; no page runs a script or takes a style that is not a file of this room. Neighbours: `store` is asked through its lists, `record`
//! makes the pages, `html` escapes; whoever mounts the router guards it.

mod headers;
mod html;
mod record;

pub use headers::{Framing, headers};
pub use record::{Reading, record};
