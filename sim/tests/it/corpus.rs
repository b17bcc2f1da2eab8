//! Text from a file of dialogues.

use std::io::Write;

use sim::{Options, Sim};

use crate::support::{Workspace, still};

#[tokio::test]
async fn conversations_follow_the_dialogues_of_a_corpus() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let turns = r#"[{"author":"user","text":"Is 1 < 2?"},{"author":"admin","text":"Yes & no"},{"author":"user","text":"Fine"}]"#;
    writeln!(file, r#"{{"id":"1","topics":["Maths_1"],"turns":{turns}}}"#).unwrap();
    let workspace = Workspace::start(Options { corpus: Some(file.path().to_owned()), ..still(30) }).await;
    let script = ["Is 1 < 2?", "Yes & no", "Fine"];
    for id in workspace.sim.ids() {
        let said: Vec<String> = workspace
            .sim
            .conversation(&id)
            .unwrap()
            .messages
            .into_iter()
            .map(|message| message.text)
            .collect();
        assert_eq!(said, script[..said.len()]);
    }
    let whole = workspace
        .sim
        .ids()
        .iter()
        .filter(|id| workspace.sim.conversation(id).unwrap().messages.len() == 3)
        .count();
    assert!(whole > 20, "only {whole} dialogues were finished");
}

#[tokio::test]
async fn a_corpus_that_is_none_is_named_with_its_line() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, r#"{{"turns":[]}}"#).unwrap();
    writeln!(file, "nonsense").unwrap();
    let options = Options { corpus: Some(file.path().to_owned()), ..still(1) };
    let error = Sim::start(options).await.unwrap_err().to_string();
    assert!(error.contains(":2:"), "{error}");
}
