//! The access token: taken from a hidden prompt or from standard input, and compared with the one that is there.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use proto::keyring;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Buffer, style};

/// Longest text that is taken for a token, in bytes; a token has about 60.
const LONGEST: u64 = 8192;

/// Asks for the token without showing it; where no terminal is, reads it from standard input.
///
/// # Errors
/// When there is none, or it is interrupted.
pub(super) fn take(context: &Context) -> Result<SecretString> {
    let text = if io::stdin().is_terminal() {
        let mut buffer = Buffer::new(&context.err);
        let whence = "in Intercom's Developer Hub: your app, Configure > Authentication";
        buffer.put(style::FAINT, whence).end().put(style::STRONG, "Access token (not shown): ");
        context.say(&buffer);
        Zeroizing::new(rpassword::read_password().context("the access token was not read")?)
    } else {
        read(io::stdin().lock()).context("cannot read the access token from standard input")?
    };
    accept(&text)
}

/// Returns the token that a file holds already, if it holds one.
///
/// # Errors
/// When the file is there and cannot be read.
pub(super) fn held(path: &Path) -> Result<Option<SecretString>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let text = read(file).with_context(|| format!("cannot read {}", path.display()))?;
    let text = text.trim();
    Ok((!text.is_empty()).then(|| SecretString::from(text)))
}

/// Returns the token that the keyring holds already, if it holds one and can be asked.
pub(super) fn in_keyring() -> Option<SecretString> {
    let text = read(keyring::lookup().ok()??).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| SecretString::from(text))
}

/// Makes sure that there is a keyring, before anybody types.
///
/// # Errors
/// When there is none.
pub(super) fn keyring_is_there() -> Result<()> {
    if keyring::program().is_some() {
        return Ok(());
    }
    let message = "there is no keyring here: that takes a desktop's session, and the program secret-tool";
    let hint =
        "on Debian: apt install libsecret-tools; or leave --store out, for a file that only you can read";
    Err(Failure::new(Exit::Error, message).hint(hint).into())
}

/// Keeps the token in the keyring, in the place of one that is there.
///
/// # Errors
/// When the keyring does not take it.
pub(super) fn into_keyring(token: &SecretString) -> Result<()> {
    let failed = "cannot keep the access token in the keyring";
    let mut command = keyring::store().context(failed)?;
    command.env_remove("INTERCOM_ACCESS_TOKEN");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().context(failed)?;
    let mut input = child.stdin.take().context(failed)?;
    // One that ends without reading says why.
    let _ = input.write_all(token.expose_secret().as_bytes());
    drop(input);
    let output = child.wait_with_output().context(failed)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let failure = Failure::new(Exit::Error, format!("{failed}: {}", said.trim()));
    Err(failure.hint("unlock it, or leave --store out, for a file that only you can read").into())
}

/// Reads into memory that is wiped, and that never grows: growing would leave a copy behind.
fn read(source: impl io::Read) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(LONGEST).unwrap_or_default() + 1));
    source.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// Takes text for a token unless it cannot be one. No error repeats it.
fn accept(text: &str) -> Result<SecretString> {
    let text = text.trim();
    let refused = |message: &str, hint: &str| {
        Err(Failure::new(Exit::Usage, message.to_owned()).hint(hint.to_owned()).into())
    };
    if text.is_empty() {
        return refused("no access token was given", "type or paste it at the prompt, or pipe it in");
    }
    if text.len() as u64 >= LONGEST {
        return refused("what was given is too long for an access token", "pipe in the token alone");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let hint = "give the token alone, without \"Bearer\", quotes or line ends in it";
        return refused("what was given has characters that no access token has", hint);
    }
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_cannot_be_a_token_is_refused_without_being_repeated() {
        assert_eq!(accept(" dG9rOnNlY3JldA== \r\n").unwrap().expose_secret(), "dG9rOnNlY3JldA==");
        let long = "dG9r".repeat(4_000);
        for wrong in ["", " \n", "Bearer dG9rOnNlY3JldA==", "dG9r\nOnNl", "dG9rö", long.as_str()] {
            let error = format!("{:?}", accept(wrong).unwrap_err());
            assert!(!error.contains("dG9r"), "{error}");
        }
    }
}
