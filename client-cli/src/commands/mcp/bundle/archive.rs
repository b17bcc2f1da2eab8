//! A zip archive of a few files, the same bytes for the same content: no time of day, no user. Pure.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// What an unzipping program has to know: version 2.0, for deflate.
const NEEDED: u16 = 20;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
/// The method "deflate".
const DEFLATE: u16 = 8;
/// 1980-01-01, the earliest date there is, at midnight.
const DATE: u16 = 1 << 5 | 1;
/// Made on Unix, whose modes then count.
const UNIX: u16 = 3 << 8;
/// A regular file.
const REGULAR: u32 = 0o100_000;

/// An archive in the making.
#[derive(Default)]
pub(super) struct Archive {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    files: u16,
}

impl Archive {
    /// Adds a file, which can be run if it is a program.
    ///
    /// # Errors
    /// When the archive is too large for its format.
    pub(super) fn add(&mut self, name: &str, content: &[u8], program: bool) -> Result<()> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content)?;
        let packed = encoder.finish()?;
        let mut crc = Crc::new();
        crc.update(content);
        let offset = size(self.bytes.len())?;

        let mut common = Vec::new();
        for number in [NEEDED, FLAGS, DEFLATE, 0, DATE] {
            common.extend(number.to_le_bytes());
        }
        for number in [crc.sum(), size(packed.len())?, size(content.len())?] {
            common.extend(number.to_le_bytes());
        }
        let length = u16::try_from(name.len()).context("a name is too long for an archive")?;
        common.extend(length.to_le_bytes());
        common.extend([0; 2]); // no extra field

        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&common);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(packed);

        let mode = REGULAR | if program { 0o755 } else { 0o644 };
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend((UNIX | NEEDED).to_le_bytes());
        self.directory.extend(&common);
        self.directory.extend([0; 6]); // no comment, the first disk, no internal attributes
        self.directory.extend((mode << 16).to_le_bytes());
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.files += 1;
        Ok(())
    }

    /// Returns the whole archive.
    ///
    /// # Errors
    /// When it is too large for its format.
    pub(super) fn finish(mut self) -> Result<Vec<u8>> {
        let (offset, length) = (size(self.bytes.len())?, size(self.directory.len())?);
        self.bytes.extend(self.directory);
        self.bytes.extend(b"PK\x05\x06");
        self.bytes.extend([0; 4]); // the first disk, which has the directory
        self.bytes.extend(self.files.to_le_bytes());
        self.bytes.extend(self.files.to_le_bytes());
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend(offset.to_le_bytes());
        self.bytes.extend([0; 2]); // no comment
        Ok(self.bytes)
    }
}

fn size(length: usize) -> Result<u32> {
    u32::try_from(length).context("the programs are too large for an archive")
}
