//! What breaks around the daemon, and what its users see of it.
//!
//! The matrix: each fault of [`table`] in each situation of [`stage`], a test by name. What a cell shows is always the
//! same: queries go on being answered at once, what they say of themselves is true, nothing hammers Intercom, and once
//! the fault is over the copy becomes the workspace without anybody's help.

mod alone;
mod stage;
mod table;

macro_rules! matrix {
    ($($fault:ident),* $(,)?) => {
        matrix!(@ first_sync: $($fault)*);
        matrix!(@ incremental: $($fault)*);
        matrix!(@ on_demand: $($fault)*);
    };
    (@ $situation:ident: $($fault:ident)*) => {
        mod $situation {
            $(
                #[tokio::test(start_paused = true)]
                async fn $fault() {
                    super::stage::$situation(super::table::$fault()).await;
                }
            )*
        }
    };
}

matrix![
    timeout,
    reset,
    rate_limit_storm,
    rate_limit_without_headers,
    server_errors_for_minutes,
    html_instead_of_json,
    truncated_json,
    wrong_types,
    repeated_cursor,
    wrong_order,
    page_with_nothing_new,
    token_revoked,
    scope_missing,
    scope_missing_as_401,
    workspace_swapped,
    plan_restricted,
    redirect_elsewhere,
    redirect_to_itself,
    slow_drip_body,
    ten_megabyte_conversation,
    five_thousand_in_one_second,
    not_found_on_details,
    server_clock_jumps_back,
];
