//! Completions that only the daemon knows: tags, teammates, customers. Where none answers at once there are none, and
//! nothing is said: whoever presses Tab wants no error.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use proto::client::Client;
use proto::types::{Field, SuggestRequest, Suggestion};

use crate::commands::completions::VARIABLE;
use crate::render::clean_line;

/// How long a shell may wait for the daemon.
const PATIENCE: Duration = Duration::from_millis(500);
/// Most values that are proposed.
const MOST: u32 = 50;

/// Completes tags.
pub(crate) fn tags() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| candidates(Field::Tag, typed))
}

/// Completes teammates.
pub(crate) fn assignees() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let mut candidates = candidates(Field::Assignee, typed);
        if typed.to_str().is_some_and(|typed| "none".starts_with(typed)) {
            candidates.push(CompletionCandidate::new("none").help(Some("unassigned".into())));
        }
        candidates
    })
}

/// Completes what can be grouped by, with the attributes of the local copy.
pub(crate) fn groups<I>(known: fn() -> I) -> ArgValueCompleter
where
    I: Iterator<Item = &'static str> + 'static,
{
    ArgValueCompleter::new(move |typed: &OsStr| {
        let Some(text) = typed.to_str() else { return Vec::new() };
        match text.split_once('.') {
            None => known()
                .chain(["attr.", "contact."])
                .filter(|name| name.starts_with(text))
                .map(CompletionCandidate::new)
                .collect(),
            Some((group, name)) => {
                let field = match group {
                    "contact" | "customer" => Field::Contact(String::new()),
                    _ => Field::Attribute(String::new()),
                };
                let named = |candidate: CompletionCandidate| {
                    let name = format!("{group}.{}", candidate.get_value().to_string_lossy());
                    CompletionCandidate::new(name).help(candidate.get_help().cloned())
                };
                candidates(field, OsStr::new(name)).into_iter().map(named).collect()
            }
        }
    })
}

/// Completes customers.
pub(crate) fn customers() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| candidates(Field::Customer, typed))
}

fn candidates(field: Field, typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(text) = typed.to_str() else { return Vec::new() };
    let request = SuggestRequest { field, text: text.to_owned(), limit: MOST };
    let found = ask(&request).unwrap_or_default();
    let mut candidates: Vec<_> = found.iter().filter_map(|found| candidate(found, text)).collect();
    if std::env::var_os(VARIABLE).is_some_and(|shell| shell == "bash") {
        for candidate in &mut candidates {
            let value = quoted(&candidate.get_value().to_string_lossy()).into_owned();
            *candidate = CompletionCandidate::new(value).help(candidate.get_help().cloned());
        }
    }
    candidates
}

/// Returns what the daemon proposes, if it does so at once.
fn ask(request: &SuggestRequest) -> Option<Vec<Suggestion>> {
    let socket = typed_socket(std::env::args_os());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        let answer = async { Client::find(socket.as_deref()).await?.suggest(request).await };
        tokio::time::timeout(PATIENCE, answer).await.ok()?.ok()
    })
}

/// Returns the socket that the line being typed names.
fn typed_socket(words: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    let mut words = words.skip_while(|word| word != "--").skip(1);
    while let Some(word) = words.next() {
        if word == "--socket" {
            return words.next().map(PathBuf::from);
        }
        if let Some(path) = word.to_str().and_then(|word| word.strip_prefix("--socket=")) {
            return Some(PathBuf::from(path));
        }
    }
    None
}

/// Returns a value as a shell takes it: it begins with what was typed, and drives no terminal.
fn candidate(found: &Suggestion, typed: &str) -> Option<CompletionCandidate> {
    let Suggestion { value, note, conversations } = found;
    let begins = value.get(..typed.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(typed));
    if !begins || clean_line(value) != value.as_str() {
        return None;
    }
    let note = note.as_deref().map_or_else(String::new, |note| format!("{}, ", clean_line(note)));
    let help = format!("{note}{conversations} conversations");
    Some(CompletionCandidate::new(value).help(Some(help.into())))
}

/// Returns a value as it has to be typed. bash puts it onto the command line as it comes; other shells quote themselves.
fn quoted(value: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "@._-+/%,".contains(c);
    if value.chars().all(is_plain) {
        return Cow::Borrowed(value);
    }
    value.chars().flat_map(|c| (!is_plain(c)).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_that_is_typed_is_asked() {
        let socket = |line: &str| typed_socket(line.split(' ').map(OsString::from));
        assert_eq!(
            socket("syncctl -- syncctl --socket /run/a.sock search --tag b"),
            Some("/run/a.sock".into())
        );
        assert_eq!(
            socket("syncctl -- syncctl search --socket=/run/a.sock --tag "),
            Some("/run/a.sock".into())
        );
        assert_eq!(socket("syncctl --socket /no -- syncctl search --tag b"), None);
    }

    fn found(value: &str) -> Suggestion {
        Suggestion { value: value.to_owned(), note: Some("Ada\x1b[2J".to_owned()), conversations: 7 }
    }

    #[test]
    fn bash_gets_words_that_are_one() {
        let cases = [
            ("billing", "billing"),
            ("Bruno Carvalho", "Bruno\\ Carvalho"),
            ("a$(b)'c", "a\\$\\(b\\)\\'c"),
            ("橋本", "橋本"),
        ];
        for (value, expected) in cases {
            assert_eq!(quoted(value), expected);
        }
    }

    #[test]
    fn a_value_begins_with_what_was_typed_and_is_harmless() {
        for (value, typed) in [("billing", ""), ("billing", "bil"), ("Billing", "bil"), ("返金", "返")] {
            let candidate = candidate(&found(value), typed).expect("it is proposed");
            assert_eq!(candidate.get_value(), value);
            let help = candidate.get_help().expect("it has a note").to_string();
            assert_eq!(help, "Ada␛[2J, 7 conversations");
        }
        for (value, typed) in
            [("new billing", "bil"), ("x\x1b]0;owned\x07", "x"), ("返金", "\u{fffd}"), ("a\nb", "a")]
        {
            assert!(candidate(&found(value), typed).is_none(), "{value:?}");
        }
    }
}
