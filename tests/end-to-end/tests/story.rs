//! The story that `cargo demo` plays, as a test: every step holds, through the real command.

use end_to_end::{binaries, root};
use std::process::Command;

#[test]
fn the_demo_plays_its_whole_story() {
    let output = Command::new(binaries().join("muster"))
        .args(["demo", "--json", "--skip-build", "--root"])
        .arg(root())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let fault = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{fault}\n{}", tail(&told));
    for line in told.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "not JSON: {line}");
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(40)).copied().collect::<Vec<_>>().join("\n")
}
