//! Addresses of conversations, as they are copied from Intercom and from answers of ours.

/// Returns the id of the conversation that an address leads to.
pub(super) fn conversation(word: &str) -> Option<String> {
    let address = word.trim_matches(|char: char| matches!(char, '<' | '>' | '(' | ')' | ',' | '.' | ';'));
    let path = match address.split_once("://")? {
        ("intercom", path) => path,
        ("http" | "https", rest) => {
            let (host, path) = rest.split_once('/')?;
            let host = host.to_lowercase();
            let known = ["intercom.com", "intercom.io"];
            let is_known = |name: &str| host == name || host.ends_with(&format!(".{name}"));
            known.into_iter().any(is_known).then_some(path)?
        }
        _ => return None,
    };
    let path = path.split(['?', '#']).next()?;
    let mut parts = path.split('/');
    parts.find(|part| matches!(*part, "conversation" | "conversations"))?;
    let id = parts.next()?;
    let is_id = !id.is_empty() && id.chars().all(|char| char.is_ascii_alphanumeric() || char == '-');
    is_id.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::conversation;

    #[test]
    fn an_address_of_the_inbox_names_its_conversation() {
        let found = [
            "https://app.intercom.com/a/inbox/abc123/inbox/admin/42/conversation/215468123?view=List",
            "https://app.intercom.com/a/inbox/abc123/inbox/shared/all/conversation/215468123#part_id=comment-1",
            "https://app.eu.intercom.com/a/apps/abc123/conversations/215468123",
            "<https://app.intercom.io/a/apps/abc123/inbox/inbox/all/conversations/215468123>",
            "intercom://conversations/215468123",
        ];
        for address in found {
            assert_eq!(conversation(address).as_deref(), Some("215468123"), "{address}");
        }
        for address in [
            "https://example.com/conversations/1",
            "https://notintercom.com/conversation/1",
            "https://app.intercom.com/a/inbox/abc123",
            "conversation/1",
        ] {
            assert_eq!(conversation(address), None, "{address}");
        }
    }
}
