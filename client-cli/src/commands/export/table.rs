//! The tables that CSV, Parquet and workbooks hold: their columns, and what each is of a row. Pure. Columns are only ever
//! added, at the end.

use std::borrow::Cow;

use proto::Timestamp;
use proto::types::{self, Assignee, Attachment, Conversation, Customer, Field, FieldValue, Message, Summary};
use serde_json::Map;

/// What stands between the values of a list where a cell holds text alone.
pub(super) const BETWEEN: &str = "; ";

/// What is a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// Each message, with what its conversation is.
    Messages,
    /// Each conversation.
    Conversations,
}

impl Rows {
    /// Returns the columns.
    pub(super) fn columns(self) -> Vec<Column> {
        let own: &[Column] = match self {
            Self::Messages => MESSAGE,
            Self::Conversations => CONVERSATION,
        };
        [HEADER, own, FIELDS].concat()
    }

    /// Returns the rows of a conversation.
    pub(super) fn of(self, conversation: &Conversation) -> impl Iterator<Item = Row<'_>> {
        let messages: &[Message] = match self {
            Self::Messages => &conversation.messages,
            Self::Conversations => &[],
        };
        let whole = matches!(self, Self::Conversations).then_some(Row { conversation, message: None });
        whole
            .into_iter()
            .chain(messages.iter().map(move |message| Row { conversation, message: Some(message) }))
    }
}

/// A row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    conversation: &'a Conversation,
    message: Option<&'a Message>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Time,
    Number,
    Flag,
    List,
}

/// What a row has in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Nothing,
    Text(Cow<'a, str>),
    Time(Timestamp),
    Number(i64),
    Flag(bool),
    List(Vec<&'a str>),
}

/// A column.
#[derive(Clone, Copy)]
pub(super) struct Column {
    /// Its name in the file.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) kind: Kind,
    /// What a row has in it.
    pub(super) of: for<'a> fn(Row<'a>) -> Value<'a>,
}

const fn text(name: &'static str, of: for<'a> fn(Row<'a>) -> Value<'a>) -> Column {
    Column { name, kind: Kind::Text, of }
}

const fn time(name: &'static str, of: for<'a> fn(Row<'a>) -> Value<'a>) -> Column {
    Column { name, kind: Kind::Time, of }
}

const fn flag(name: &'static str, of: for<'a> fn(Row<'a>) -> Value<'a>) -> Column {
    Column { name, kind: Kind::Flag, of }
}

/// What every row says of its conversation.
const HEADER: &[Column] = &[
    text("conversation_id", |row| said(&row.summary().id)),
    text("url", |row| maybe(row.summary().url.as_ref())),
    text("title", |row| maybe(row.summary().title.as_ref())),
    text("state", |row| said(&row.summary().state)),
    time("conversation_created_at", |row| Value::Time(row.summary().created_at)),
    time("conversation_updated_at", |row| Value::Time(row.summary().updated_at)),
    text("customer_id", |row| customer(row, |customer| customer.id.as_ref())),
    text("customer_name", |row| customer(row, |customer| customer.name.as_ref())),
    text("customer_email", |row| customer(row, |customer| customer.email.as_ref())),
    text("assignee_id", |row| assignee(row, |assignee| Some(&assignee.id))),
    text("assignee_type", |row| assignee(row, |assignee| Some(&assignee.kind))),
    text("assignee_name", |row| assignee(row, |assignee| assignee.name.as_ref())),
    Column {
        name: "tags",
        kind: Kind::List,
        of: |row| Value::List(row.summary().tags.iter().map(String::as_str).collect()),
    },
];

/// What a row of a conversation says besides.
const CONVERSATION: &[Column] = &[
    Column {
        name: "message_count",
        kind: Kind::Number,
        of: |row| Value::Number(row.summary().message_count.into()),
    },
    flag("truncated", |row| Value::Flag(row.summary().truncated)),
    time("fetched_at", |row| Value::Time(row.conversation.fetched_at)),
    flag("outdated", |row| Value::Flag(row.conversation.outdated)),
];

/// What a row of a message says besides.
const MESSAGE: &[Column] = &[
    text("message_id", |row| message(row, |message| said(&message.id))),
    text("message_type", |row| message(row, |message| said(&message.kind))),
    time("created_at", |row| message(row, |message| Value::Time(message.created_at))),
    text("author_type", |row| message(row, |message| said(&message.author.kind))),
    text("author_id", |row| message(row, |message| maybe(message.author.id.as_ref()))),
    text("author_name", |row| message(row, |message| maybe(message.author.name.as_ref()))),
    text("author_email", |row| message(row, |message| maybe(message.author.email.as_ref()))),
    text("body", |row| message(row, |message| said(&message.body))),
    flag("redacted", |row| message(row, |message| Value::Flag(message.redacted))),
    Column {
        name: "attachments",
        kind: Kind::List,
        of: |row| message(row, |message| Value::List(message.attachments.iter().map(file).collect())),
    },
];

const fn number(name: &'static str, of: for<'a> fn(Row<'a>) -> Value<'a>) -> Column {
    Column { name, kind: Kind::Number, of }
}

/// What every row says of its conversation besides: fields that any workspace may have, and its own as JSON.
const FIELDS: &[Column] = &[
    text("channel", |row| field(row, &Field::Channel)),
    text("priority", |row| field(row, &Field::Priority)),
    number("rating", |row| field(row, &Field::Rating)),
    text("rating_remark", |row| field(row, &Field::Remark)),
    text("rated_teammate", |row| field(row, &Field::Rated)),
    text("company", |row| field(row, &Field::Company)),
    text("ai_resolution_state", |row| field(row, &Field::Ai)),
    text("sla_name", |row| field(row, &Field::SlaName)),
    text("sla_status", |row| field(row, &Field::Sla)),
    text("ticket_type", |row| field(row, &Field::Ticket)),
    text("ticket_state", |row| field(row, &Field::TicketState)),
    time("snoozed_until", |row| field(row, &Field::SnoozedUntil)),
    text("attributes", attributes),
];

impl<'a> Row<'a> {
    const fn summary(self) -> &'a Summary {
        &self.conversation.summary
    }
}

fn maybe(text: Option<&String>) -> Value<'_> {
    text.map_or(Value::Nothing, |text| said(text))
}

fn said(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

/// Returns the first value of a field; of a teammate the name.
fn field<'a>(row: Row<'a>, field: &Field) -> Value<'a> {
    let Some(one) = row.conversation.fields.iter().find(|one| one.field == *field) else {
        return Value::Nothing;
    };
    match (&one.name, &one.value) {
        (Some(name), _) => said(name),
        (None, types::Value::Text(text) | types::Value::Real(text) | types::Value::Json(text)) => said(text),
        (None, types::Value::Whole(number)) => Value::Number(*number),
        (None, types::Value::Flag(flag)) => Value::Flag(*flag),
        (None, types::Value::Time(at)) => Value::Time(*at),
    }
}

/// Returns the custom attributes as JSON.
fn attributes(row: Row<'_>) -> Value<'_> {
    let own = row.conversation.fields.iter().filter(|one| matches!(one.field, Field::Attribute(_)));
    let own: Vec<FieldValue> = own.cloned().collect();
    let named: Map<String, serde_json::Value> = FieldValue::by_name(&own)
        .into_iter()
        .map(|(name, value)| (name.split_once('.').map_or(name.clone(), |(_, name)| name.to_owned()), value))
        .collect();
    if named.is_empty() {
        return Value::Nothing;
    }
    Value::Text(Cow::Owned(serde_json::Value::Object(named).to_string()))
}

fn customer<'a>(row: Row<'a>, of: fn(&'a Customer) -> Option<&'a String>) -> Value<'a> {
    maybe(row.summary().customer.as_ref().and_then(of))
}

fn assignee<'a>(row: Row<'a>, of: fn(&'a Assignee) -> Option<&'a String>) -> Value<'a> {
    maybe(row.summary().assignee.as_ref().and_then(of))
}

fn message<'a>(row: Row<'a>, of: fn(&'a Message) -> Value<'a>) -> Value<'a> {
    row.message.map_or(Value::Nothing, of)
}

fn file(attachment: &Attachment) -> &str {
    attachment.name.as_deref().unwrap_or_default()
}
