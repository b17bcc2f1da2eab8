//! Answers about all that matches: counts, names, whole conversations.

use proto::ApiError;
use proto::types::{
    Expr, FieldsReply, FieldsRequest, Grouping, ListReply, ListRequest, Question, ReadReply, ReadRequest,
    StatsReply, StatsRequest, Window,
};

use super::ages;
use super::compared::Compared;
use super::service::{Judged, Service, inbox_url};
use crate::freshness::{Policy, normalise};
use crate::store::{self, Counting};

/// Most groups in an answer: some 4 MB.
const MOST_GROUPS: u32 = 10_000;
/// What to do where times are to be measured in business hours, and nobody said which these are.
const NO_HOURS: &str = "no business hours are configured: write them into syncd's config.toml, such as [business_hours] with \
    timezone = \"Europe/Berlin\" and monday = \"09:00-17:00\", and let syncd read it again (systemctl --user reload syncd)";
/// Longest word or phrase, in bytes: longer than anybody types.
const MOST_BYTES: usize = 2_000;
/// Most conversations that are read at once.
const MOST_READ: usize = 1_000;

impl Service {
    /// Counts conversations and measures how they were answered.
    pub(super) async fn count(&self, request: StatsRequest) -> Result<StatsReply, ApiError> {
        let policy = self.0.sync.policy();
        let asked = request.question.window;
        let StatsRequest { question, grouping, compare, limit, waiting, business_hours } = request;
        if limit > MOST_GROUPS {
            return Err(ApiError::BadRequest(format!(
                "at most {MOST_GROUPS} groups are counted in one answer: ask for fewer, or for a shorter timeframe at a time"
            )));
        }
        if let Grouping::Queries(queries) = &grouping {
            queries.iter().try_for_each(|query| check_length(&query.query))?;
        }
        let business_hours = match business_hours {
            true => {
                Some(self.0.sync.business_hours().ok_or_else(|| ApiError::BadRequest(NO_HOURS.to_owned()))?)
            }
            false => None,
        };
        let question = understood(question, policy)?;
        let window = question.window;
        let Compared { before, whole, asked } = Compared::new(compare, asked, window, policy)?;
        let hours = business_hours.clone();
        let counting = Counting { question, grouping, before, limit, waiting, hours };
        let (judged, mut counted, workspace) = self
            .ask_dear(move |snapshot| {
                let counted = snapshot.stats(&counting)?;
                let fields = ages::fields(&counting.question, Some(&counting.grouping));
                let judged = Judged::by(snapshot, whole, policy)?.resting_on(snapshot, &fields)?;
                Ok((judged, counted, snapshot.workspace()?))
            })
            .await?;
        let sync = self.heal(&judged, asked, whole, policy);
        for waiting in &mut counted.waiting {
            let seconds = match &business_hours {
                Some(hours) => hours.open(waiting.since, policy.now).seconds(waiting.since.0, policy.now.0),
                None => policy.now.since(waiting.since),
            };
            waiting.seconds = seconds.max(0).unsigned_abs();
        }
        if let Some((workspace, _)) = &workspace {
            for waiting in &mut counted.waiting {
                waiting.conversation.url = Some(inbox_url(workspace, &waiting.conversation.id));
            }
        }
        Ok(StatsReply {
            total: counted.total,
            before: counted.before,
            groups: counted.groups,
            left_out: counted.left_out,
            waiting: counted.waiting,
            business_hours: business_hours.map(|hours| hours.to_string()),
            window,
            unknown: counted.unknown,
            sync_info: judged.into_sync_info(self.0.sync.activity()),
            sync,
        })
    }

    /// Returns which fields stored conversations have.
    pub(super) async fn fields_in_use(&self, request: FieldsRequest) -> Result<FieldsReply, ApiError> {
        let policy = self.0.sync.policy();
        let window = normalise(Window::default(), policy)?;
        let (judged, fields) = self
            .ask_dear(move |snapshot| {
                Ok((
                    Judged::by(snapshot, window, policy)?,
                    snapshot.fields_in_use(request.values, policy.now)?,
                ))
            })
            .await?;
        Ok(FieldsReply { fields, sync_info: judged.into_sync_info(self.0.sync.activity()) })
    }

    /// Names everything that matches.
    pub(super) async fn name_all(&self, request: ListRequest) -> Result<ListReply, ApiError> {
        let policy = self.0.sync.policy();
        let asked = request.question.window;
        let ListRequest { question, after, limit } = request;
        let question = understood(question, policy)?;
        let window = question.window;
        let (judged, named) = self
            .ask_dear(move |snapshot| {
                let named = snapshot.list(&question, after.as_deref(), limit)?;
                let fields = ages::fields(&question, None);
                Ok((Judged::by(snapshot, window, policy)?.resting_on(snapshot, &fields)?, named))
            })
            .await?;
        let sync = self.heal(&judged, asked, window, policy);
        let store::Named { ids, more, total, unknown } = named;
        let sync_info = judged.into_sync_info(self.0.sync.activity());
        Ok(ListReply { ids, more, total, window, unknown, sync_info, sync })
    }

    /// Returns whole conversations, as many as fit into a reply.
    pub(super) async fn read_all(&self, request: ReadRequest) -> Result<ReadReply, ApiError> {
        if request.ids.len() > MOST_READ {
            return Err(ApiError::BadRequest(format!("at most {MOST_READ} conversations are read at once")));
        }
        let (mut conversations, done, workspace) = self
            .ask_dear(move |snapshot| {
                let (conversations, done) = snapshot.read_many(&request.ids)?;
                Ok((conversations, done, snapshot.workspace()?))
            })
            .await?;
        if let Some((workspace, _)) = &workspace {
            for conversation in &mut conversations {
                conversation.summary.url = Some(inbox_url(workspace, &conversation.summary.id));
            }
        }
        Ok(ReadReply { conversations, done })
    }
}

/// Refuses a word or phrase that is longer than any.
fn check_length(query: &Expr) -> Result<(), ApiError> {
    let mut longest = 0;
    query.leaves(&mut |leaf, _| {
        if let Expr::Text(text) = leaf {
            longest = longest.max(text.words.len());
        }
    });
    if longest > MOST_BYTES {
        return Err(ApiError::BadRequest(format!(
            "a word or phrase is longer than {MOST_BYTES} bytes: shorten it"
        )));
    }
    Ok(())
}

/// Returns a question with its window in instants.
///
/// # Errors
/// When the window ends before it starts, or a word or phrase is longer than any.
pub(super) fn understood(question: Question, policy: Policy) -> Result<store::Question, ApiError> {
    let Question { query, window, by } = question;
    check_length(&query)?;
    Ok(store::Question { query, window: normalise(window, policy)?, by })
}
