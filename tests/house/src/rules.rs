//! What every source file keeps to, beside what the compiler and its lints check.

use crate::tree::{files, text};

const MOST_LINES: usize = 400;

/// The comment that a file opens with.
fn first_comment(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.starts_with("//"));
    lines.collect::<Vec<_>>().join(" ").to_lowercase()
}

fn too_long(text: &str) -> bool {
    text.lines().count() > MOST_LINES && !first_comment(text).contains("long because")
}

/// What must not stand in a source file. Put together here, so that this file may name it.
fn forbidden() -> [String; 6] {
    [
        concat!("#[al", "low("),
        concat!("#![al", "low("),
        concat!("to", "do!("),
        concat!("unimplem", "ented!("),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
    ]
    .map(str::to_owned)
}

#[test]
fn a_file_has_at_most_400_lines_or_says_why() {
    let long: Vec<String> = files(&["rs"]).into_iter().filter(|f| too_long(&text(f))).collect();
    assert!(
        long.is_empty(),
        "over {MOST_LINES} lines, without 'long because' at the top: {long:#?}"
    );
}

#[test]
fn a_long_file_is_found_unless_it_says_why() {
    let body = "fn f() {}\n".repeat(401);
    assert!(too_long(&body));
    assert!(!too_long(&format!("//! Long because it is one table.\n{body}")));
    assert!(!too_long(&"fn f() {}\n".repeat(400)));
}

#[test]
fn no_lint_is_silenced_and_nothing_is_left_to_do() {
    let files = files(&["rs"]);
    assert!(files.len() > 20, "only {} files found", files.len());
    let mut found = Vec::new();
    for file in files {
        for (number, line) in text(&file).lines().enumerate() {
            if forbidden().iter().any(|word| line.contains(word)) {
                found.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_crate_takes_the_workspaces_lints() {
    let manifests = files(&["toml"]).into_iter().filter(|file| file.ends_with("/Cargo.toml"));
    let bare: Vec<String> =
        manifests.filter(|file| !text(file).contains("[lints]\nworkspace = true")).collect();
    assert!(bare.is_empty(), "{bare:#?}");
}

#[test]
fn no_path_of_one_machine_is_named() {
    let homes = [
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/wo", "rk/"),
        concat!("/Us", "ers/"),
    ];
    let mut found = Vec::new();
    for file in files(&["rs", "toml", "yaml", "yml", "md"]) {
        for (number, line) in text(&file).lines().enumerate() {
            let at = homes.iter().filter_map(|home| line.find(home));
            // A path begins there; it is not the middle of another path.
            let begins = |at: usize| {
                !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '}')
            };
            if at.into_iter().any(begins) {
                found.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
