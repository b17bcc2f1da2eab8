//! Names of arguments: which ones hosts add of their own, and what an unknown one may have meant. Pure.

/// What hosts add to the arguments of any tool, folded: n8n, Cline, CrewAI, Cursor, Gemini CLI, Letta, Antigravity.
const OF_HOSTS: [&str; 16] = [
    "action",
    "chatinput",
    "explanation",
    "innerthoughts",
    "randomstring",
    "requestheartbeat",
    "securitycontext",
    "sessionid",
    "taskprogress",
    "tool",
    "toolaction",
    "toolcallid",
    "toolname",
    "toolsummary",
    "waitforprevious",
    "waitforprevioustools",
];

/// Names that parameters had before, folded, or have on the command line or in another tool, with those that they may mean
/// now.
const FORMER: [(&str, &[&str]); 5] = [
    ("by", &["time", "group_by"]),
    ("conversationids", &["conversation_id"]),
    ("ids", &["conversation_id"]),
    ("limit", &["max_rows"]),
    ("query", &["sql"]),
];

/// What people and models call parameters, folded, where the names themselves are not alike.
const OTHER_WORDS: [(&str, &[&str]); 14] = [
    ("assignee", &["admin", "agent", "assignedto", "owner", "responder", "team", "teammate"]),
    ("conversation_id", &["conversation", "conversationids", "id", "ticket", "ticketid", "url"]),
    ("customer_email", &["contact", "contactemail", "customer", "email", "mail", "user", "useremail"]),
    ("end_date", &["before", "dateto", "end", "endtime", "to", "todate", "until"]),
    ("force", &["full", "refresh", "reload"]),
    ("group_by", &["breakdown", "dimension", "grouping", "interval"]),
    ("limit", &["count", "max", "maxresults", "number", "pagesize", "perpage", "size", "top"]),
    ("page", &["cursor", "next", "nextpage", "offset", "pagetoken"]),
    ("query", &["input", "keyword", "keywords", "message", "q", "search", "term", "terms", "text", "words"]),
    ("sort", &["order", "orderby", "sortorder"]),
    ("start_date", &["after", "datefrom", "from", "fromdate", "since", "start", "starttime"]),
    ("state", &["status"]),
    ("tag", &["category", "label", "labels", "topic"]),
    ("timeframe", &["date", "daterange", "days", "duration", "period", "range", "timerange", "when"]),
];

/// Says whether two names differ in their spelling only, as `startDate` and `start_date` do.
pub(crate) fn are_same(one: &str, other: &str) -> bool {
    one == other || folded(one) == folded(other)
}

/// Says whether hosts are known to add an argument of this name.
pub(super) fn is_of_a_host(name: &str) -> bool {
    name.starts_with('_') || OF_HOSTS.contains(&folded(name).as_str())
}

/// Returns the parameters that had this name before.
pub(super) fn former(name: &str) -> &'static [&'static str] {
    FORMER.iter().find(|(former, _)| *former == folded(name)).map_or(&[], |(_, now)| now)
}

/// Returns which of the known names an unknown one may have meant: the one of another word for it, or the nearest.
pub(super) fn meant<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = folded(name);
    let by_word = OTHER_WORDS.iter().filter(|(_, words)| words.contains(&name.as_str()));
    if let Some(known) = by_word.filter_map(|(meant, _)| known.iter().find(|known| *known == meant)).next() {
        return Some(known);
    }
    let near = known.iter().filter_map(|known| {
        let full = folded(known);
        let distance = strsim::osa_distance(&full, &name);
        // Nearly everything is two letters from a short word.
        let alike = distance <= 2 && distance * 2 < full.len();
        let within = name.len() > 3 && (full.contains(&name) || name.contains(&full));
        (alike || within).then_some((distance, *known))
    });
    near.min().map(|(_, known)| known)
}

/// Returns a name without what spellings differ in: case, and what stands between words.
fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_led_to_the_parameter_that_it_may_have_meant() {
        let known =
            ["assignee", "customer_email", "end_date", "limit", "query", "start_date", "tag", "wait_seconds"];
        for (name, expected) in [
            ("text", Some("query")),
            ("qurey", Some("query")),
            ("search_query", Some("query")),
            ("tags", Some("tag")),
            ("Labels", Some("tag")),
            ("max-results", Some("limit")),
            ("limits", Some("limit")),
            ("since", Some("start_date")),
            ("customer", Some("customer_email")),
            ("assigned_to", Some("assignee")),
            ("wait", Some("wait_seconds")),
            ("status", None),
            ("colour", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(meant(name, &known), expected, "{name}");
        }
    }

    #[test]
    fn what_hosts_add_is_known_in_every_spelling() {
        for name in ["toolCallId", "tool_call_id", "chatInput", "task_progress", "_meta", "__arg1"] {
            assert!(is_of_a_host(name), "{name}");
        }
        assert!(!is_of_a_host("session"));
    }

    #[test]
    fn every_table_is_folded() {
        let words = OTHER_WORDS.iter().flat_map(|(_, words)| *words).chain(&OF_HOSTS);
        for word in words.chain(FORMER.iter().map(|(former, _)| former)) {
            assert_eq!(folded(word), *word);
        }
    }
}
