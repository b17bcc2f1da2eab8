//! The token that clients over HTTP have to show: made once, kept in a file that only its owner can read.
//!
//! It never stands in arguments or the environment, where other programs of the machine could see it.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use proto::local::{LocateError, Places};
use proto::private::{self, NotPrivate};
use subtle::ConstantTimeEq as _;
use thiserror::Error;

/// Random bytes in a token; each is two characters of it.
const BYTES: usize = 32;
const OTHERS: u32 = 0o077;

/// Why there is no token.
#[derive(Debug, Error)]
pub(crate) enum TokenError {
    /// There is no place for it.
    #[error("cannot tell the place of the token: {0}")]
    Locate(#[from] LocateError),
    /// Its file or folder is not private, and cannot be made so.
    #[error(transparent)]
    NotPrivate(#[from] NotPrivate),
    /// Others may know it.
    #[error(
        "other users can read {path} (mode {mode:03o}), and the token in it: delete it, and a new one is made"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// What is in the file is no token of ours.
    #[error("{0} does not hold a token: delete it, and a new one is made")]
    Damaged(PathBuf),
    /// The operating system refused.
    #[error("{action} {path}: {source}")]
    Io {
        /// What was attempted.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no chance to be had.
    #[error("asking the system for random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

/// What a client has to show. Its text is never printed.
pub(crate) struct Token(String);

impl Token {
    /// Returns the token and the place of its file; makes both where they are missing.
    ///
    /// # Errors
    /// When it cannot be kept, or somebody else may know it.
    pub(crate) fn load() -> Result<(Self, PathBuf), TokenError> {
        let path = Places::here()?.http_token();
        private::folder(path.parent().unwrap_or(Path::new(".")))?;
        Ok((Self::at(&path)?, path))
    }

    fn at(path: &Path) -> Result<Self, TokenError> {
        let failed = |action| move |source| TokenError::Io { action, path: path.to_owned(), source };
        if let Ok(found) = fs::symlink_metadata(path)
            && found.is_file()
            && found.mode() & OTHERS != 0
        {
            return Err(TokenError::Exposed { path: path.to_owned(), mode: found.mode() & 0o777 });
        }
        let mut file = private::file(path, OpenOptions::new().read(true).write(true))?;
        // Two that start at once must not each make one.
        file.lock().map_err(failed("locking"))?;
        let mut text = String::new();
        (&mut file).take(1_024).read_to_string(&mut text).map_err(failed("reading"))?;
        if text.is_empty() {
            let token = Self::new()?;
            file.write_all(format!("{}\n", token.0).as_bytes()).map_err(failed("writing"))?;
            return Ok(token);
        }
        let token = text.trim_end();
        if token.len() == 2 * BYTES && token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(token.to_owned()))
        } else {
            Err(TokenError::Damaged(path.to_owned()))
        }
    }

    fn new() -> Result<Self, TokenError> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// Says whether an `Authorization` header shows it, in a time that does not tell how much of it was right.
    pub(crate) fn is_shown_by(&self, header: Option<&[u8]>) -> bool {
        const SCHEME: &[u8] = b"bearer ";
        let Some((scheme, shown)) = header.and_then(|header| header.split_at_checked(SCHEME.len())) else {
            return false;
        };
        scheme.eq_ignore_ascii_case(SCHEME) && bool::from(self.0.as_bytes().ct_eq(shown))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_token_is_made_once_and_only_its_owner_can_read_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("syncd.mcp-token");
        let made = Token::at(&path).unwrap();
        assert_eq!(made.0.len(), 64);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(Token::at(&path).unwrap().0, made.0);
        assert_ne!(Token::new().unwrap().0, made.0);
    }

    #[test]
    fn a_token_that_others_may_know_is_refused_and_so_is_what_is_none() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("syncd.mcp-token");
        Token::at(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Token::at(&path), Err(TokenError::Exposed { mode: 0o640, .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "secret\n").unwrap();
        assert!(matches!(Token::at(&path), Err(TokenError::Damaged(_))));
        let link = home.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(Token::at(&link), Err(TokenError::NotPrivate(_))));
    }

    #[test]
    fn only_the_whole_token_after_its_scheme_is_right() {
        let token = Token("abc".to_owned());
        for right in ["Bearer abc", "bearer abc", "BEARER abc"] {
            assert!(token.is_shown_by(Some(right.as_bytes())), "{right}");
        }
        for wrong in ["", "abc", "Bearer", "Bearer ", "Bearer ab", "Bearer abcd", "Bearer abd", "Basic abc"] {
            assert!(!token.is_shown_by(Some(wrong.as_bytes())), "{wrong}");
        }
        assert!(!token.is_shown_by(None));
    }
}
