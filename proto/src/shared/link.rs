//! Which conversation somebody means: its id, or a link to it as the Inbox has it. Pure.

/// Returns the id in a link, or what was typed where it is no link to a conversation.
#[must_use]
pub fn conversation_id(typed: &str) -> &str {
    let typed = typed.trim();
    let address = typed.split(['?', '#']).next().unwrap_or_default();
    let mut segments = address.split('/').skip_while(|segment| !segment.starts_with("conversation"));
    segments
        .nth(1)
        .filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
        .unwrap_or(typed)
}

#[cfg(test)]
mod tests {
    use super::conversation_id;

    #[test]
    fn a_link_stands_for_its_conversation() {
        for link in [
            "215473000000101",
            " 215473000000101\n",
            "https://app.intercom.com/a/inbox/xyz12345/inbox/conversation/215473000000101?view=List#part_id=1",
            "https://app.eu.intercom.com/a/apps/xyz12345/conversations/215473000000101",
            "intercom://conversations/215473000000101",
        ] {
            assert_eq!(conversation_id(link), "215473000000101", "{link}");
        }
        for other in ["https://example.com/215", "conversations/", "abc"] {
            assert_eq!(conversation_id(other), other);
        }
    }
}
