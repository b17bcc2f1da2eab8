//! The documented views: their columns, what each says, and where it comes from. A column is one line of its view's list.

use proto::Interval;
use proto::types::{SqlColumn, SqlSchema, SqlView, TimeField};

use super::header::HEADER;
use crate::store::window;

/// Rises when a view or column changes its meaning or goes.
const VERSION: u32 = 1;

/// A view; `{db}` stands for the schema of the database, `{id}` for the id of the conversation `c`, `{window}` for what holds
/// of a conversation in the window, `{url}` for the beginning of addresses, `{coverage}` for the spans that are held, `{part}`
/// for the beginning of what reads the part `n` of the view's kind.
pub(super) struct View {
    /// Its name.
    pub(super) name: &'static str,
    about: &'static str,
    columns: &'static [Column],
    /// Also shows the fields that a conversation's row does not have.
    header: bool,
    from: &'static str,
    /// Of which kind the parts are that it shows: 0 messages, 1 events.
    parts: u8,
}

/// A column: its name, what it says, and its expression.
struct Column(&'static str, &'static str, &'static str);

const CONVERSATIONS: &[Column] = &[
    Column("id", "", "{id}"),
    Column("title", "", "c.title"),
    Column("state", "open, closed, snoozed", "c.state"),
    Column("created_at", "", "strftime('%Y-%m-%dT%H:%M:%SZ', c.created_at, 'unixepoch') COLLATE time"),
    Column(
        "updated_at",
        "last activity",
        "strftime('%Y-%m-%dT%H:%M:%SZ', c.updated_at, 'unixepoch') COLLATE time",
    ),
    Column("customer_id", "first contact", "customer(c.key, c.contacts, 0)"),
    Column("customer_name", "", "customer(c.key, c.contacts, 1)"),
    Column("customer_email", "", "customer(c.key, c.contacts, 2)"),
    Column("assignee_id", "admin, else team", "coalesce(c.admin_assignee, c.team_assignee)"),
    Column(
        "assignee_type",
        "admin or team",
        "CASE WHEN c.admin_assignee IS NOT NULL THEN 'admin' WHEN c.team_assignee IS NOT NULL THEN 'team' END",
    ),
    Column(
        "assignee_name",
        "",
        "(SELECT t.name FROM {db}.teammate t WHERE t.kind = (c.admin_assignee IS NULL)
          AND t.id = coalesce(c.admin_assignee, c.team_assignee))",
    ),
    Column("team_id", "", "c.team_assignee"),
    Column(
        "team_name",
        "",
        "(SELECT t.name FROM {db}.teammate t WHERE t.kind = 1 AND t.id = c.team_assignee)",
    ),
    Column("tags", "JSON list of names; or view tags", "tag_names(c.key, c.tags)"),
    Column("message_count", "", "c.messages"),
    Column(
        "answered",
        "by a teammate: 1, 0, null if no customer asked",
        "(SELECT CASE m.answered WHEN 1 THEN 1 WHEN 2 THEN 0 WHEN 3 THEN 0 END FROM {db}.measure m WHERE m.docid = c.docid)",
    ),
    Column(
        "first_response_seconds",
        "customer's first message to teammate's first answer",
        "(SELECT first_response(c.key, m.answers) FROM {db}.measure m WHERE m.docid = c.docid AND m.answered = 1)",
    ),
    Column(
        "time_to_close_seconds",
        "creation to last close, if closed",
        "(SELECT m.closed FROM {db}.measure m WHERE m.docid = c.docid)",
    ),
    Column(
        "waiting_since",
        "if open with the customer's word last",
        "(SELECT strftime('%Y-%m-%dT%H:%M:%SZ', m.waiting, 'unixepoch')
          FROM {db}.measure m WHERE m.docid = c.docid) COLLATE time",
    ),
    Column("truncated", "1: oldest messages are lost", "c.truncated"),
    Column("url", "", "{url} || {id}"),
    Column(
        "fetched_at",
        "when read from Intercom",
        "strftime('%Y-%m-%dT%H:%M:%SZ', c.asked_at, 'unixepoch') COLLATE time",
    ),
    Column(
        "outdated",
        "1: Intercom has a newer state",
        "EXISTS (SELECT 1 FROM {db}.pending p WHERE p.key = c.key)",
    ),
];

/// The name of a part's author: the latest that is known, else what the part says.
const AUTHOR_NAME: Column = Column(
    "author_name",
    "",
    "coalesce((SELECT CASE {part}3) WHEN 'admin'
      THEN (SELECT t.name FROM {db}.teammate t WHERE t.kind = 0 AND t.id = {part}4))
      ELSE (SELECT p.name FROM {db}.contact p WHERE p.id = {part}4)) END),
      {part}5))",
);

/// The author's address, likewise.
const AUTHOR_EMAIL: Column = Column(
    "author_email",
    "",
    "coalesce((SELECT CASE {part}3) WHEN 'admin'
      THEN (SELECT t.email FROM {db}.teammate t WHERE t.kind = 0 AND t.id = {part}4))
      ELSE (SELECT p.email FROM {db}.contact p WHERE p.id = {part}4)) END),
      {part}6))",
);

const MESSAGES: &[Column] = &[
    Column("conversation_id", "", "{id}"),
    Column("id", "", "{part}0)"),
    Column("number", "1 is the opening message", "{part}12)"),
    Column("type", "source: opening message, comment, note, …", "{part}1)"),
    Column("created_at", "", "{part}2) COLLATE time"),
    Column("author_type", "user or lead: customer; admin, bot", "{part}3)"),
    Column("author_id", "", "{part}4)"),
    AUTHOR_NAME,
    AUTHOR_EMAIL,
    Column("body", "plain text, cut at 508 KiB", "{part}7)"),
    Column("body_bytes", "length of all of it", "{part}8)"),
    Column("attachment_count", "", "{part}9)"),
    Column("attachments", "JSON list of file names", "{part}10)"),
    Column("redacted", "1: deleted in Intercom", "{part}11)"),
];

const EVENTS: &[Column] = &[
    Column("conversation_id", "", "{id}"),
    Column("id", "", "{part}0)"),
    Column("type", "assignment, close, open, snoozed, …", "{part}1)"),
    Column("created_at", "", "{part}2) COLLATE time"),
    Column("author_type", "", "{part}3)"),
    Column("author_id", "", "{part}4)"),
    AUTHOR_NAME,
    AUTHOR_EMAIL,
];

/// The views.
pub(super) const VIEWS: [View; 9] = [
    View {
        header: true,
        ..view("conversations", "one row each", CONVERSATIONS, "{db}.conversation c WHERE {window}")
    },
    view(
        "messages",
        "what was said, notes included",
        MESSAGES,
        "{db}.conversation c CROSS JOIN generate_series(1, part_count(c.key, {kind})) n WHERE {window}",
    ),
    View {
        parts: 1,
        ..view(
            "events",
            "what happened without words",
            EVENTS,
            "{db}.conversation c CROSS JOIN generate_series(1, part_count(c.key, {kind})) n WHERE {window}",
        )
    },
    view(
        "contacts",
        "people who write in",
        &[
            Column("id", "", "p.id"),
            Column("name", "", "p.name"),
            Column("email", "", "p.email"),
            Column("role", "user or lead", "contact(p.fields, 'role')"),
            Column("external_id", "", "contact(p.fields, 'external_id')"),
            Column("country", "", "contact(p.fields, 'country')"),
            Column("created_at", "", "contact(p.fields, 'created_at') COLLATE time"),
            Column("last_seen_at", "", "contact(p.fields, 'last_seen_at') COLLATE time"),
            Column("companies", "JSON list of names; or view companies", "contact(p.fields, 'companies')"),
            Column("attributes", "JSON object", "contact(p.fields, 'attributes')"),
            Column(
                "conversations",
                "how many of all that are stored",
                "coalesce((SELECT l.conversations FROM {db}.label l WHERE l.kind = 1 AND l.name = p.id), 0)",
            ),
        ],
        "{db}.contact p",
    ),
    view(
        "companies",
        "one row for each company of each contact",
        &[Column("contact_id", "", "p.id"), Column("name", "", "company(p.fields, n.value)")],
        "{db}.contact p CROSS JOIN generate_series(1, company_count(p.fields)) n",
    ),
    view(
        "tags",
        "one row for each tag of each conversation",
        &[
            Column("conversation_id", "", "{id}"),
            Column("id", "", "tag(c.key, c.tags, n.value, 0)"),
            Column("name", "", "tag(c.key, c.tags, n.value, 1)"),
        ],
        "{db}.conversation c CROSS JOIN generate_series(1, tag_count(c.key, c.tags)) n WHERE {window}",
    ),
    view(
        "attributes",
        "one row for each custom attribute of each conversation",
        &[
            Column("conversation_id", "", "{id}"),
            Column("name", "", "attribute(c.key, n.value, 0)"),
            Column("value", "", "attribute(c.key, n.value, 1)"),
            Column(
                "type",
                "text, number, boolean (1 or 0), list, object (JSON)",
                "attribute(c.key, n.value, 2)",
            ),
        ],
        "{db}.conversation c CROSS JOIN generate_series(1, attribute_count(c.key)) n WHERE {window}",
    ),
    view(
        "teammates",
        "admins and teams",
        &[
            Column("id", "", "t.id"),
            Column("type", "admin or team", "CASE t.kind WHEN 0 THEN 'admin' ELSE 'team' END"),
            Column("name", "", "t.name"),
            Column("email", "", "t.email"),
        ],
        "{db}.teammate t",
    ),
    view(
        "coverage",
        "spans of activity that are held without holes",
        &[
            Column("start_date", "", "s.column1 COLLATE time"),
            Column("end_date", "exclusive", "s.column2 COLLATE time"),
        ],
        "({coverage}) s",
    ),
];

/// A view that shows no header, and of parts only messages.
const fn view(
    name: &'static str,
    about: &'static str,
    columns: &'static [Column],
    from: &'static str,
) -> View {
    View { name, about, columns, header: false, from, parts: 0 }
}

const FUNCTIONS: [(&str, &str); 4] = [
    (
        "matches(conversation_id, 'refund tag:vip')",
        "1 where a search finds it: words in all forms, \"phrases\", prefix*, -not, OR, conditions; far faster than LIKE",
    ),
    ("median(x)", ""),
    ("percentile(x, 90)", "nearest rank"),
    ("generate_series(1, 7)", "rows of value"),
];

const NOTES: [&str; 5] = [
    "Ids are text. Times are text, RFC 3339 in UTC, that compare and sort rightly with what date(), datetime() and strftime() return, e.g. created_at >= datetime('now', '-7 days'), date(created_at).",
    "Seconds between two times: unixepoch(a) - unixepoch(b).",
    "A timeframe beside the query bounds conversations to those active in it, messages and events to those made in it, and is far faster than a condition on messages.created_at.",
    "Join messages, events, tags and attributes by conversation_id, contacts and companies by customer_id. In big workspaces name conversations or give a timeframe before reading messages or attributes of all.",
    "One statement that reads, at most 5 s, 10,000 rows and 1 MiB of rows; every cut is reported.",
];

/// What the views of one question are made for.
pub(super) struct Bounds<'a> {
    /// The schema of the database.
    pub(super) schema: &'a str,
    /// The window in which conversations are active.
    pub(super) window: Interval,
    /// It has a start that was asked for.
    pub(super) begins: bool,
    /// Some ids are no plain numbers.
    pub(super) has_other_ids: bool,
    /// What the address of a conversation begins with.
    pub(super) url: Option<String>,
    /// The spans of activity that are held.
    pub(super) coverage: &'a [Interval],
}

impl Bounds<'_> {
    fn fill(&self, text: &str) -> String {
        // As the index has it.
        let number = "CAST(c.key AS TEXT)";
        let id = if self.has_other_ids {
            format!(
                "CASE WHEN c.key >= 0 THEN {number} ELSE (SELECT o.id FROM {{db}}.other_id o WHERE o.key = c.key) END"
            )
        } else {
            number.to_owned()
        };
        let url = self.url.as_ref().map_or_else(|| "NULL".to_owned(), |url| quoted(url));
        text.replace("{window}", &self.active())
            .replace("{id}", &id)
            .replace("{url}", &url)
            .replace("{coverage}", &self.spans())
            .replace("{db}", self.schema)
    }

    /// Returns what holds of a conversation in which anything happened within the window.
    fn active(&self) -> String {
        let (first, _) = window::documents(self.window, TimeField::Activity);
        let narrowed = if self.begins { format!("c.docid >= {first} AND ") } else { String::new() };
        narrowed + &window::active(self.window)
    }

    fn spans(&self) -> String {
        let span = |span: &Interval| {
            format!("({}, {})", quoted(&span.start.to_rfc3339()), quoted(&span.end.to_rfc3339()))
        };
        let spans: Vec<String> = self.coverage.iter().map(span).collect();
        match spans.as_slice() {
            [] => "SELECT NULL AS column1, NULL AS column2 WHERE 0".to_owned(),
            spans => format!("VALUES {}", spans.join(", ")),
        }
    }
}

impl View {
    /// Returns the statements that make the view `name` and, between it and what it reads, the view `inner`.
    pub(super) fn create(&self, inner: &str, bounds: &Bounds<'_>) -> String {
        let mut shown: Vec<String> =
            self.columns.iter().map(|Column(name, _, sql)| format!("{sql} AS {name}")).collect();
        if self.header {
            let header = HEADER.iter().enumerate();
            shown.extend(header.map(|(index, field)| format!("header(c.key, {index}) AS {}", field.name)));
        }
        let names: Vec<&str> = self.column_names().collect();
        let reads = bounds
            .fill(&format!("SELECT {} FROM {}", shown.join(", "), self.from))
            .replace("{part}", "part(c.key, {kind}, n.value, ")
            .replace("{kind}", &self.parts.to_string());
        format!(
            "CREATE TEMP VIEW {inner} AS {reads}; CREATE TEMP VIEW {} AS SELECT {} FROM temp.{inner};",
            self.name,
            names.join(", ")
        )
    }

    /// Returns the names of its columns.
    pub(super) fn column_names(&self) -> impl Iterator<Item = &'static str> {
        let header = if self.header { HEADER.as_slice() } else { &[] };
        self.columns.iter().map(|column| column.0).chain(header.iter().map(|field| field.name))
    }
}

/// Says whether this is a documented view.
pub(super) fn is_view(name: &str) -> bool {
    VIEWS.iter().any(|view| view.name.eq_ignore_ascii_case(name))
}

/// Returns what can be asked.
pub(super) fn schema() -> SqlSchema {
    let column = |name: &str, about: &str| SqlColumn { name: name.to_owned(), about: about.to_owned() };
    let view = |view: &View| {
        let own = view.columns.iter().map(|Column(name, about, _)| column(name, about));
        let header = if view.header { HEADER.as_slice() } else { &[] };
        SqlView {
            name: view.name.to_owned(),
            about: view.about.to_owned(),
            columns: own.chain(header.iter().map(|field| column(field.name, field.about))).collect(),
        }
    };
    SqlSchema {
        version: VERSION,
        views: VIEWS.iter().map(view).collect(),
        functions: FUNCTIONS.iter().map(|(name, about)| column(name, about)).collect(),
        notes: NOTES.iter().map(|note| (*note).to_owned()).collect(),
    }
}

/// Returns a text as SQL writes it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
