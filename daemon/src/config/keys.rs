//! Every setting: its names, its default, its meaning. The configuration is read by this table, and the README's
//! reference and the man page are made from it, so that none of them can say something else than the others.

use proto::setup;

/// A setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Its name in the file.
    pub(super) name: &'static str,
    /// The environment variables; the first that is set to something counts.
    pub(super) variables: &'static [&'static str],
    /// The value that holds where nothing is set, where that can be written as one.
    pub(super) default: Option<&'static str>,
    /// What holds then, for people, where it cannot.
    pub(super) otherwise: &'static str,
    /// What it is for, and what it may be.
    pub(super) meaning: &'static str,
}

impl Key {
    const fn new(name: &'static str, variables: &'static [&'static str], meaning: &'static str) -> Self {
        Self { name, variables, default: None, otherwise: "", meaning }
    }

    const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    const fn else_it_is(self, otherwise: &'static str) -> Self {
        Self { otherwise, ..self }
    }
}

pub(super) const TOKEN_FILE: Key =
    Key::new("token_file", &["SYNCD_TOKEN_FILE"], "a file that only you may read, with the access token");
pub(super) const REGION: Key =
    Key::new("region", &["SYNCD_REGION"], "where Intercom keeps the workspace: `us`, `eu`, `au`").or("us");
pub(super) const API_URL: Key =
    Key::new("api_url", &["SYNCD_API_URL"], "another address; plain http to this machine only")
        .else_it_is("by region");
pub(super) const DATA_DIR: Key =
    Key::new("data_dir", &["SYNCD_DATA_DIR"], "folder of the database").else_it_is("`~/.local/share/syncd`");
pub(super) const SOCKET: Key = Key::new("socket", &["SYNCD_SOCKET"], "where clients connect")
    .else_it_is("`$XDG_RUNTIME_DIR/syncd/syncd.sock`");
pub(super) const PROXY: Key = Key::new(
    "proxy",
    setup::PROXY,
    "the proxy to Intercom, such as `http://proxy.example.com:3128`: http, https or socks5",
);
pub(super) const NO_PROXY: Key =
    Key::new("no_proxy", setup::NO_PROXY, "hosts that are reached without it, with commas between");
pub(super) const CA_FILE: Key = Key::new(
    "ca_file",
    setup::CA_FILE,
    "certificates (PEM) by which Intercom, or a proxy that stands in for it, is known",
)
.else_it_is("the system's");
pub(super) const CA_DIR: Key =
    Key::new("ca_dir", setup::CA_DIR, "folders of such files, with colons between");
pub(super) const HISTORY: Key =
    Key::new("history", &["SYNCD_HISTORY"], "how far back to keep: a duration, a date, or `all`").or("365d");
pub(super) const SYNC_INTERVAL: Key =
    Key::new("sync_interval", &["SYNCD_SYNC_INTERVAL"], "how often to look for changes, at least `1s`")
        .or("15s");
pub(super) const FRESHNESS: Key =
    Key::new("freshness", &["SYNCD_FRESHNESS"], "the lag that still counts as fresh").or("5m");
pub(super) const SETTLE: Key = Key::new(
    "settle",
    &["SYNCD_SETTLE"],
    "how far behind Intercom's clock claims stay at the least, as its search index lags; widened by itself when changes \
     turn up late",
)
.or("60s");
pub(super) const REQUESTS_PER_MINUTE: Key =
    Key::new("requests_per_minute", &["SYNCD_REQUESTS_PER_MINUTE"], "a ceiling of yours, at least 6")
        .else_it_is("Intercom's limit, less a reserve");
pub(super) const LOG: Key =
    Key::new("log", &["SYNCD_LOG"], "what is logged: a tracing filter such as `info` or `syncd=debug`")
        .or("info");
pub(super) const TIMEZONE: Key = Key::new(
    "business_hours.timezone",
    &[],
    "the time zone of business hours, such as `Europe/Berlin`; needed where there are any",
);
/// Of each day from Monday on.
pub(super) const WEEK: [Key; 7] = [
    Key::new(
        "business_hours.monday",
        &[],
        "when business is open on Mondays, such as `09:00-17:00` or `09:00-12:00, 13:00-17:00`; and so on, to \
         `business_hours.sunday`. With these, `syncctl stats --business-hours` measures times in business hours",
    )
    .else_it_is("closed"),
    Key::new("business_hours.tuesday", &[], ""),
    Key::new("business_hours.wednesday", &[], ""),
    Key::new("business_hours.thursday", &[], ""),
    Key::new("business_hours.friday", &[], ""),
    Key::new("business_hours.saturday", &[], ""),
    Key::new("business_hours.sunday", &[], ""),
];
pub(super) const HOLIDAYS: Key = Key::new(
    "business_hours.holidays",
    &[],
    "days on which it is closed all the same, such as `2026-12-25, 2027-01-01`",
);

/// All of them, in the order of the reference; of the weekdays the first stands for the others.
pub(super) const ALL: [Key; 18] = [
    TOKEN_FILE,
    REGION,
    API_URL,
    DATA_DIR,
    SOCKET,
    PROXY,
    NO_PROXY,
    CA_FILE,
    CA_DIR,
    HISTORY,
    SYNC_INTERVAL,
    FRESHNESS,
    SETTLE,
    REQUESTS_PER_MINUTE,
    LOG,
    TIMEZONE,
    WEEK[0],
    HOLIDAYS,
];

/// Returns the README's reference.
#[cfg(test)]
pub(super) fn reference() -> String {
    let mut table = "| key | environment | default | meaning |\n| --- | --- | --- | --- |\n".to_owned();
    for Key { name, variables, default, otherwise, meaning } in ALL {
        let default = default.map_or_else(|| otherwise.to_owned(), |default| format!("`{default}`"));
        // Those in lower case go without saying.
        let capital = variables.iter().filter(|variable| !variable.contains(char::is_lowercase));
        let variables = capital.map(|variable| format!("`{variable}`")).collect::<Vec<_>>().join(", ");
        table += &format!("| `{name}` | {variables} | {default} | {meaning} |\n");
    }
    table
}
