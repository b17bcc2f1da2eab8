//! What stands between a call and its handler: ids that cannot be, and handlers that panic.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use proto::ApiError;

/// Longest id that Intercom is asked about, in bytes.
const LONGEST_ID: usize = 255;

/// Refuses an id that would not be one segment of Intercom's address, or would be kept in the database for nothing.
///
/// # Errors
/// When it is no such id.
pub(super) fn check_id(id: &str) -> Result<(), ApiError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(is_plain) {
        return Ok(());
    }
    Err(ApiError::BadRequest(format!(
        "Intercom has no conversation of such an id: check it, one is at most {LONGEST_ID} letters, digits, - and _"
    )))
}

/// Answers an internal error where a handler panics: tarpc would leave the caller waiting.
///
/// # Errors
/// Those of the call.
pub(super) async fn guarded<T>(call: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("a handler panicked");
        tracing::error!(panic = text, "a call failed");
        Err(ApiError::Internal(text.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn a_handler_that_panics_answers_an_internal_error() {
        let formatted = guarded::<()>(async { panic!("of {}", 1) }).await;
        assert_eq!(formatted.unwrap_err(), ApiError::Internal("of 1".to_owned()));
        let plain = guarded::<()>(async { panic!("of none") }).await;
        assert_eq!(plain.unwrap_err(), ApiError::Internal("of none".to_owned()));
        let odd = guarded::<()>(async { std::panic::panic_any(7) }).await;
        assert!(matches!(odd.unwrap_err(), ApiError::Internal(_)));
    }

    #[test]
    fn only_what_is_one_segment_of_an_address_is_an_id() {
        for id in ["215473000005020", "a-B_9", &"9".repeat(LONGEST_ID)] {
            assert_eq!(check_id(id), Ok(()), "{id}");
        }
        for id in
            ["", ".", "..", "../me", "1/2", "1?a=b", "1#a", "%2e%2e", "1 2", "1\n", "é", &"9".repeat(256)]
        {
            assert!(matches!(check_id(id), Err(ApiError::BadRequest(_))), "{id}");
        }
    }
}
