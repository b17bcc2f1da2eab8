//! What Intercom's conversations have in common: names of fields, and words of its own for their values. Nobody's data is in
//! it. Raw JSON of version 1 is compressed with these bytes, so that they may never change: another dictionary is another
//! version.

/// The dictionary; the most frequent comes last.
pub(super) const DICTIONARY: &[u8] = include_bytes!("json.dict");
