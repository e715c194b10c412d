//! Records that mean harm: they are told, and can do nothing.

use super::{page, story, told};
use serde_json::{Value, json};

const SCRIPT: &str = "<script>alert(1)</script>";

/// A record in which every text that can be is markup, breaks out of attributes, or commands a terminal.
fn hostile() -> String {
    let bad = format!("\"'>{SCRIPT}<img src=x onerror=alert(1)>\u{1b}[2J\u{202e}&amp;");
    let action = json!({
        "action": bad, "group": bad, "instance": "i-0a", "why": bad, "because": bad, "outcome": bad,
    });
    let mark = json!({ "action": "mark-draining", "why": bad, "because": bad, "outcome": "done" });
    let cause = json!({ "check": bad, "verdict": "blamed", "evidence": bad, "remedy": bad });
    let record = json!({
        "record": "decision", "function": bad, "request_id": bad, "at": "2026-03-04T05:00:00Z",
        "woken_by": { "kind": bad, "time": bad }, "host": "i-0a", "group": bad, "cluster": bad,
        "phase": bad, "decision": bad, "because": bad, "hold": { "hold": bad, bad.as_str(): bad },
        "actions": [action, mark], "told": [bad], "cause": cause,
        "lines": [{ "name": bad, "phase": bad }],
    });
    let waits = json!({
        "record": "decision", "function": bad, "at": "2026-03-04T05:00:01Z", "host": "i-0a", "phase": bad,
        "hold": { "hold": "tasks-leaving", "left": 3, "groups": [bad], "stuck": [bad] },
    });
    format!("{record}\n{waits}\n")
}

#[test]
fn nothing_of_a_record_is_markup_in_the_page() {
    let page = page::page(&story("i-0a", &hostile()), SCRIPT);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "it is told");
    // The tags of the page are those that this program writes, wherever they stand.
    let tags = [
        "a", "b", "body", "circle", "dd", "details", "div", "dl", "dt", "footer", "g", "h1",
        "header", "html", "i", "li", "line", "link", "main", "meta", "ol", "p", "path", "rect",
        "section", "span", "strong", "style", "summary", "svg", "table", "tbody", "td", "text",
        "th", "thead", "title", "tr", "ul",
    ];
    for (at, _) in page.match_indices('<') {
        let rest = page[at + 1..].trim_start_matches('/');
        let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(tags.contains(&name.as_str()) || rest.starts_with("!doctype"), "<{name}");
    }
    // And so are the attributes: no value of ours has an apostrophe or an unescaped sign.
    assert!(!page.contains("onerror=alert(1)>"), "it stays text");
    assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'));
}

#[test]
fn nothing_of_a_record_commands_a_terminal() {
    let told = told(&story("i-0a", &hostile()));
    assert!(told.contains(SCRIPT), "{told}");
    let control = |one: char| one.is_control() && one != '\n';
    assert!(!told.contains(control) && !told.contains('\u{202e}'), "{told:?}");
}

#[test]
fn records_of_any_shape_are_taken_without_a_fault() {
    let odd =
        [json!(null), json!(1), json!("x"), json!([]), json!({}), json!([[1]]), json!({ "a": {} })];
    let fields = [
        "at", "function", "woken_by", "group", "cluster", "phase", "decision", "because", "hold",
        "actions", "lines", "told", "cause",
    ];
    for field in fields {
        for value in &odd {
            let mut record = json!({ "record": "decision", "host": "i-0a", "function": "f" });
            record["at"] = json!("2026-03-04T05:00:00Z");
            record[field] = value.clone();
            let text = format!("2026-03-04T05:00:00Z x {record}");
            let story = story("i-0a", &text);
            assert!(!told(&story).is_empty());
            assert!(page::page(&story, "x").ends_with("</html>\n"));
        }
    }
}

#[test]
fn times_far_apart_and_before_all_time_are_drawn() {
    let record =
        |at: &str| json!({ "record": "decision", "host": "i-0a", "at": at, "phase": "Active" });
    let all: Vec<Value> =
        ["-009999-01-01T00:00:00Z", "9999-12-30T22:00:00Z", "2026-03-04T05:00:00Z"]
            .map(record)
            .into();
    let text: Vec<String> = all.iter().map(Value::to_string).collect();
    let story = story("i-0a", &text.join("\n"));
    assert!(page::page(&story, "x").contains("Active"));
    assert!(!told(&story).is_empty());
}
