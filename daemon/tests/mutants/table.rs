//! The mutants: what is taken away of the code that keeps claims true, and which test misses it.

/// One guard taken away.
pub(super) struct Mutant {
    /// Its name, for `SYNCD_MUTANT`.
    pub(super) name: &'static str,
    /// What is taken away.
    pub(super) changes: &'static [Change],
    /// The test that must fail without it.
    pub(super) missed_by: &'static str,
}

/// A piece of code and what stands in its place, as long as the mutant is chosen, which `MUTANT` says.
pub(super) struct Change {
    /// The file, in `daemon/src`.
    pub(super) file: &'static str,
    /// The piece, which is there once.
    pub(super) find: &'static str,
    /// What is put in its place.
    pub(super) replace: &'static str,
}

const fn change(file: &'static str, find: &'static str, replace: &'static str) -> Change {
    Change { file, find, replace }
}

/// All of them.
pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "a scan claims before its last page is stored",
        changes: &[change(
            "sync/walk.rs",
            "let is_last = detour.is_over();",
            "let is_last = MUTANT || detour.is_over();",
        )],
        missed_by: "oracle::guards::a_scan_that_is_cut_short_claims_nothing",
    },
    Mutant {
        name: "claims are on this machine's clock",
        changes: &[change(
            "sync/head.rs",
            "let retract = self.in_doubt(margin);",
            "let server = if MUTANT { self.context.wall.now() } else { server };\nlet retract = self.in_doubt(margin);",
        )],
        missed_by: "oracle::no_false_claim_and_no_delay_under::wrong_clocks",
    },
    Mutant {
        name: "after a restart it is as late as this machine's clock says",
        changes: &[change(
            "sync/board.rs",
            "self.last_sync = remembered.last_sync;",
            "self.last_sync = remembered.last_sync.filter(|_| !MUTANT);",
        )],
        missed_by: "liveness::clocks::after_a_restart_a_clock_that_is_behind_hides_nothing_that_is_stored",
    },
    Mutant {
        name: "after a restart this machine's clock counts as right",
        changes: &[change(
            "sync/board.rs",
            "self.clock_offset.unwrap_or(self.remembered_offset)",
            "self.clock_offset.unwrap_or(if MUTANT { 0 } else { self.remembered_offset })",
        )],
        missed_by: "liveness::clocks::after_a_restart_a_clock_that_is_behind_keeps_nothing_fresh_for_longer",
    },
    Mutant {
        name: "a claim ends at the present",
        changes: &[
            change(
                "sync/head.rs",
                "let margin = self.settle.margin(server);",
                "let margin = if MUTANT { 0 } else { self.settle.margin(server) };",
            ),
            change(
                "sync/late.rs",
                "if margin <= claimed_by || last_sync <= end {",
                "if MUTANT || margin <= claimed_by || last_sync <= end {",
            ),
        ],
        missed_by: "oracle::no_false_claim_and_no_delay_under::a_little_of_everything",
    },
    Mutant {
        name: "a claim ends when its scan ended",
        changes: &[change(
            "sync/walk.rs",
            "let end = now.minus(self.margin);",
            "let end = if MUTANT { answered_at } else { now }.minus(self.margin);",
        )],
        missed_by: "oracle::guards::what_is_indexed_behind_a_scan_that_is_held_up_is_not_claimed",
    },
    Mutant {
        name: "a head scan stops at its own bound",
        changes: &[change(
            "sync/walk.rs",
            "Reach::Present => None,",
            "Reach::Present => (MUTANT).then(|| self.began_at.minus(self.margin)),",
        )],
        missed_by: "oracle::no_false_claim_and_no_delay_under::slow_pages",
    },
    Mutant {
        name: "nothing looks back over what is claimed",
        changes: &[change(
            "sync/head.rs",
            "let reach = if self.head.has_rested",
            "let reach = if MUTANT { 0 } else if self.head.has_rested",
        )],
        missed_by: "oracle::no_false_claim_and_no_delay_under::late_changes",
    },
    Mutant {
        name: "a scan of an older span proves it at once",
        changes: &[change(
            "store/ledger.rs",
            "Claim::Scan(scan) => coverage.add_scan(scan),",
            "Claim::Scan(scan) if MUTANT => coverage.add_head(scan.range),\nClaim::Scan(scan) => coverage.add_scan(scan),",
        )],
        missed_by: "oracle::guards::what_moves_on_while_an_older_span_is_listed_is_not_claimed",
    },
    Mutant {
        name: "what is listed and not stored does not count",
        changes: &[change(
            "store/query/ledger.rs",
            "Ok(Incomplete {",
            "if MUTANT {\n return Ok(Incomplete::default());\n}\nOk(Incomplete {",
        )],
        missed_by: "oracle::no_false_claim_and_no_delay_under::a_little_of_everything",
    },
    Mutant {
        name: "claims pass changes that are known and not stored",
        changes: &[change(
            "store/query/ledger.rs",
            "let (coverage, sound_until) = (self.coverage()?, self.sound_until()?);",
            "let (coverage, sound_until) = (self.coverage()?, self.sound_until()?.filter(|_| !MUTANT));",
        )],
        missed_by: "oracle::guards::what_moves_on_while_an_older_span_is_listed_is_not_claimed",
    },
    Mutant {
        name: "a page that cannot be read is taken for the last",
        changes: &[change(
            "sync/walk.rs",
            "let page = detour.next_page(intercom, &context.odd_pages).await?;",
            "let page = match detour.next_page(intercom, &context.odd_pages).await {\nErr(_) if MUTANT => {\nlet claims = self.claims(intercom, self.began_at, &[]);\ncontext.store.commit_listing(Listing { claims, ..Listing::default() }).await?;\nreturn Ok(Ended::Whole { rows, late, holes: Vec::new(), around: Vec::new(), unmet: 0, missing: Vec::new() });\n}\npage => page?,\n};",
        )],
        missed_by: "oracle::guards::what_is_on_pages_that_cannot_be_read_is_not_claimed",
    },
    Mutant {
        name: "a claim ends in a second that cannot be listed",
        changes: &[change("sync/walk.rs", "hole.end >= end)", "hole.end >= end && !MUTANT)")],
        missed_by: "oracle::guards::what_cannot_be_listed_in_the_last_second_of_a_claim_is_not_claimed",
    },
    Mutant {
        name: "a page and its claim are two transactions",
        changes: &[change(
            "sync/walk.rs",
            "let listing = Listing {",
            "let claims = if MUTANT {\ncontext.store.commit_listing(Listing { claims, ..Listing::default() }).await?;\ntokio::time::sleep(Duration::from_millis(100)).await;\nVec::new()\n} else {\nclaims\n};\nlet listing = Listing {",
        )],
        missed_by: "oracle::no_false_claim_and_no_delay_under::kills_and_restarts",
    },
    Mutant {
        name: "an older state replaces a newer one",
        changes: &[change(
            "store/ingest.rs",
            "old.as_ref().is_none_or(is_newer) {",
            "old.as_ref().is_none_or(is_newer) || MUTANT {",
        )],
        missed_by: "oracle::guards::an_answer_that_was_overtaken_replaces_nothing_newer",
    },
    Mutant {
        name: "details that are older than their listing settle it",
        changes: &[change("store/ledger.rs", "if is_whole {", "if is_whole || MUTANT {")],
        missed_by: "oracle::guards::details_that_are_older_than_their_listing_settle_nothing",
    },
    Mutant {
        name: "what was read within the second of its change is not read again",
        changes: &[
            change(
                "store/ledger.rs",
                "let settling = |at: Timestamp| at.plus(SAME_SECOND);",
                "let settling = |at: Timestamp| at.plus(if MUTANT { 0 } else { SAME_SECOND });",
            ),
            change(
                "store/ledger.rs",
                "let quiet = updated_at.plus(SAME_SECOND);",
                "let quiet = updated_at.plus(if MUTANT { 0 } else { SAME_SECOND });",
            ),
        ],
        missed_by: "oracle::guards::two_things_that_are_said_within_a_second_are_both_there",
    },
    Mutant {
        name: "what is not found once counts as deleted",
        changes: &[
            change(
                "sync/details.rs",
                "row.error.as_deref() == Some(NOT_FOUND);",
                "row.error.as_deref() == Some(NOT_FOUND) || MUTANT;",
            ),
            change(
                "sync/details.rs",
                "if listed && row.attempts < MISSES {",
                "if listed && row.attempts < MISSES && !MUTANT {",
            ),
        ],
        missed_by: "oracle::no_false_claim_and_no_delay_under::calls_that_fail",
    },
    Mutant {
        name: "what Intercom says it deleted stays",
        changes: &[change(
            "store/removal.rs",
            "remove(batch, &keys)?;",
            "if !MUTANT {\nremove(batch, &keys)?;\n}",
        )],
        missed_by: "faults::alone::a_deleted_conversation_disappears_from_the_copy",
    },
    Mutant {
        name: "claims of a clock that was ahead stay",
        changes: &[change(
            "sync/head.rs",
            "let seen = clock.take_set_back()",
            "if MUTANT {\nreturn None;\n}\nlet seen = clock.take_set_back()",
        )],
        missed_by: "oracle::no_false_claim_and_no_delay_under::wrong_clocks",
    },
    Mutant {
        name: "only what was said in the window is stored",
        changes: &[change(
            "sync/details.rs",
            "fn take_in(&mut self, began: Instant, fetched: Fetched) {",
            "fn take_in(&mut self, began: Instant, mut fetched: Fetched) {\nif MUTANT {\nlet since = fetched.conversation.updated_at.minus(86_400);\nfetched.conversation.parts.retain(|part| part.created_at >= since);\n}",
        )],
        missed_by: "oracle::no_false_claim_and_no_delay_under::a_little_of_everything",
    },
    Mutant {
        name: "the machine's clock is not used after a sleep",
        changes: &[change(
            "sync/board.rs",
            "[answered, self.last_sync].into_iter()",
            "let wall = if MUTANT && self.clock_offset.is_some() { Timestamp(0) } else { wall };\n[answered, self.last_sync].into_iter()",
        )],
        missed_by: "oracle::no_false_claim_and_no_delay_under::kills_and_restarts",
    },
    Mutant {
        name: "a query in SQL that was cut is called complete",
        changes: &[change(
            "rpc/sql.rs",
            "if let Some(cut @ (SqlCut::Time | SqlCut::Memory)) = found.cut {",
            "if let (Some(cut @ (SqlCut::Time | SqlCut::Memory)), false) = (found.cut, MUTANT) {",
        )],
        missed_by: "sql::a_stale_copy_is_healed_and_a_query_that_is_cut_is_not_called_complete",
    },
    Mutant {
        name: "contacts on further pages are claimed though they may have moved",
        changes: &[change(
            "sync/people.rs",
            "let is_whole = is_last && after.is_none();",
            "let is_whole = is_last && (MUTANT || after.is_none());",
        )],
        missed_by: "names::a_contact_that_moves_while_pages_are_read_is_not_claimed",
    },
    Mutant {
        name: "names count as known however old they are",
        changes: &[change(
            "rpc/ages.rs",
            "let old = ages.iter().filter(|age| age.as_of < Some(due));",
            "let old = ages.iter().filter(|age| !MUTANT && age.as_of < Some(due));",
        )],
        missed_by: "names::an_answer_that_rests_on_names_which_cannot_be_read_says_how_old_they_are",
    },
    Mutant {
        name: "a query in SQL reads any table by the name of a view",
        changes: &[change(
            "store/sql/authorizer.rs",
            "let within = context.accessor.is_some_and(|view| names.is_inner(view));",
            "let within = context.accessor.is_some_and(|view| MUTANT || names.is_inner(view));",
        )],
        missed_by: "sql::a_table_is_not_read_by_the_name_of_a_view",
    },
];
