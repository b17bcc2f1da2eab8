//! What `syncd` tells whoever started it for an answer alone: of the configuration, and of an access token, the latter as one
//! JSON document on its standard output. So only the daemon's program judges settings and talks to Intercom, also before
//! there is a daemon.

use serde::{Deserialize, Serialize};

/// The flag of `syncd` that reads an access token from standard input, asks Intercom whose it is, and ends.
pub const CHECK_TOKEN: &str = "--check-token";

/// The flag of `syncd` that reads the configuration, says what is wrong in it, and ends.
pub const CHECK_CONFIG: &str = "--check-config";

/// What every program takes the proxy for https from, the first that is set.
pub const PROXY: &[&str] = &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// What lists the hosts that are reached without it.
pub const NO_PROXY: &[&str] = &["NO_PROXY", "no_proxy"];
/// What names the file of the certificates that are trusted.
pub const CA_FILE: &[&str] = &["SSL_CERT_FILE"];
/// What names folders of such files.
pub const CA_DIR: &[&str] = &["SSL_CERT_DIR"];

/// What Intercom makes of an access token.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum TokenCheck {
    /// It opens a workspace.
    Accepted {
        /// The workspace's id code.
        id: String,
        /// Its name.
        name: Option<String>,
        /// Where Intercom keeps its data: `us`, `eu` or `au`.
        region: Option<String>,
    },
    /// Intercom refuses it.
    Refused {
        /// What Intercom said, and what to do.
        message: String,
        /// Nothing is known of the token there: it may be of another region's workspace.
        unknown: bool,
    },
    /// Nobody could be asked.
    Failed {
        /// Why not.
        message: String,
    },
}
