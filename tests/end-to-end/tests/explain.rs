//! `muster explain`: the story of a host from CloudWatch Logs, over the wire.

use end_to_end::acts::{ids, pass, terminate};
use end_to_end::{Said, Stage};
use local_aws::Happening;
use serde_json::Value;

async fn explain(stage: &Stage, arguments: &[&str]) -> Said {
    let mut all = vec!["explain"];
    all.extend(arguments);
    stage.muster(&all).await
}

fn objects(said: &Said) -> Vec<Value> {
    assert_eq!(said.code, 0, "{}", said.err);
    said.json()
}

/// The lines of the functions, as a log group has them.
fn lines(stage: &mut Stage) -> String {
    let heard = stage.heard().into_iter().filter_map(|one| match one {
        Happening::Log { line, .. } => Some(format!("{line}\n")),
        _ => None,
    });
    heard.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_from_the_log_group_is_the_one_from_a_file() {
    let mut stage = Stage::with_hosts(2).await;
    let host = ids(&stage).remove(0);
    terminate(&stage, &host, true);
    pass(&stage, 15).await;
    let text = lines(&mut stage);
    assert!(text.lines().count() > 100, "more than one page of the local AWS");
    let file = std::env::temp_dir().join(format!("muster-lines-{}", std::process::id()));
    std::fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();

    let from_file = explain(&stage, &[&host, "--json", "--file", path]).await;
    let from_stack = explain(&stage, &[&host, "--json"]).await;
    let from_group =
        explain(&stage, &[&host, "--json", "--log-group", "Logs", "--since", "999w"]).await;
    std::fs::remove_file(&file).unwrap();
    let story = objects(&from_file);
    assert_eq!(story, objects(&from_stack));
    assert_eq!(story, objects(&from_group));

    let phases = story[0]["phases"].as_array().unwrap();
    let phases: Vec<&str> = phases.iter().map(|one| one["phase"].as_str().unwrap()).collect();
    assert_eq!(
        (phases.first(), phases.last()),
        (Some(&"Launching"), Some(&"Departed")),
        "{phases:?}"
    );
    let actions = story.iter().filter_map(|row| row["actions"].as_array()).flatten();
    let actions: Vec<&str> = actions.map(|one| one["action"].as_str().unwrap()).collect();
    for action in ["let-in", "drain", "let-go"] {
        assert!(actions.contains(&action), "{action}: {actions:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_found_it_says_what_was_searched_and_who_is_named() {
    let stage = Stage::with_hosts(1).await;
    let there = ids(&stage).remove(0);
    let nobody = explain(&stage, &["i-00000000000000000"]).await;
    let told = &nobody.err;
    assert_ne!(nobody.code, 0);
    for part in ["no record names i-00000000000000000", "log group Logs, the last 1d", &there] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let no_stack = explain(&stage, &[&there, "--stack", "mustard"]).await;
    assert!(no_stack.err.contains("there is no stack mustard"), "{}", no_stack.err);
    let no_group = explain(&stage, &[&there, "--log-group", "none"]).await;
    assert!(no_group.err.contains("not found"), "{}", no_group.err);
}
