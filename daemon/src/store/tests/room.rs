use super::*;
use crate::model::Deletion;
use crate::store::Error;

/// Lets the database grow by so many pages more, or without a bound.
async fn room(store: &Store, pages: Option<i64>) {
    let bound = move |writer: &mut crate::store::writer::Writer| {
        let count: i64 = writer.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        let most = pages.map_or(i64::from(i32::MAX), |pages| count + pages);
        writer.connection.query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(())).unwrap();
        Ok(())
    };
    store.on_writer(bound).await.unwrap();
}

/// Everything that can be asked, so that nothing can have changed unseen.
async fn state(store: &Store) -> (crate::store::Counts, crate::freshness::Coverage, Found, Vec<u8>) {
    let found = ask(store, Search { limit: 100, ..question("word") }).await;
    let (counts, coverage, json) = store
        .read(|snapshot| Ok((snapshot.counts()?, snapshot.coverage()?, snapshot.json(&id("1"))?)))
        .await
        .unwrap();
    (counts, coverage, found, json.unwrap_or_default())
}

#[tokio::test]
async fn a_disk_that_is_full_at_any_write_of_a_commit_changes_nothing() {
    let (_dir, store) = open();
    let words = |round: i64| {
        let long = (0..40).map(|n| format!("round{round}word{n} ")).collect::<String>();
        (0..40).map(move |n| {
            conversation(&n.to_string(), NOON, NOON + round * 100 + n, &format!("word {long}{n}"))
        })
    };
    put(&store, words(0)).await;
    for round in 1..4 {
        let names: Vec<String> = (0..400).map(|n| format!("{}", 10_000 * round + n)).collect();
        let rows: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), NOON + 50)).collect();
        let claims = head(0, NOON + round * 100).claims;
        let (mut times, before) = (0, state(&store).await);
        for pages in 0.. {
            room(&store, Some(pages)).await;
            let listing = Listing { claims: claims.clone(), ..page(&rows) };
            let (listed, stored) = (
                store.commit_listing(listing).await.map(drop),
                store.commit_details(words(round).map(fetched).collect()).await.map(drop),
            );
            match (listed, stored) {
                (Ok(()), Ok(())) => break,
                (Err(error), _) => {
                    assert!(matches!(error, Error::NoRoom { .. }), "{error}");
                    let coverage = store.read(|snapshot| snapshot.coverage()).await.unwrap();
                    assert_eq!(coverage, before.1, "{pages} pages: nothing is claimed");
                }
                (_, Err(error)) => {
                    assert!(matches!(error, Error::NoRoom { .. }), "{error}");
                    let now = state(&store).await;
                    assert_eq!((&now.2, &now.3), (&before.2, &before.3), "{pages} pages");
                }
            }
            times += 1;
        }
        room(&store, None).await;
        assert!(times > 0, "it was never full");
        let counts = store.read(|snapshot| snapshot.counts()).await.unwrap();
        assert_eq!((counts.conversations, counts.pending), (40, 400 * u64::try_from(round).unwrap()));
        assert_eq!(ask(&store, question(&format!("round{round}word7"))).await.total, Some(40));
    }
    let deletion = Deletion { id: id("1"), deleted_at: Timestamp(NOON + 999) };
    room(&store, Some(0)).await;
    // Whether it needs room or not: all of it or nothing.
    let deleted = store.commit_deletions(vec![deletion], None).await;
    let counts = store.read(|snapshot| snapshot.counts()).await.unwrap();
    assert_eq!(counts.conversations, if deleted.is_ok() { 39 } else { 40 });
}
