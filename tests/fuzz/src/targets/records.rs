//! What `muster explain` reads, and what it makes of it: lines of JSON, and a page.

use crate::explain;
use crate::span;

const HOST: &str = "i-1234567890abcdef0";

/// The tags of the page are those that the program writes, wherever they stand.
const TAGS: [&str; 38] = [
    "a", "b", "body", "circle", "dd", "details", "div", "dl", "dt", "footer", "g", "h1", "header",
    "html", "i", "li", "line", "link", "main", "meta", "ol", "p", "path", "rect", "section",
    "span", "strong", "style", "summary", "svg", "table", "tbody", "td", "text", "th", "thead",
    "title", "tr",
];

pub(crate) fn run(data: &[u8]) {
    if let Ok(span) = span::read(&String::from_utf8_lossy(data)) {
        assert!(!span.is_negative() && !span::short(span).is_empty());
    }
    let Some((lines, page)) = explain::told(HOST, data) else { return };
    assert!(!lines.is_empty());
    for line in &lines {
        assert!(!line.contains(bad), "{line:?}");
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok());
    }
    assert!(!page.contains(|one| bad(one) && one != '\n'));
    for (at, _) in page.match_indices('<') {
        let rest = page.get(at.saturating_add(1)..).unwrap_or_default();
        let name: String =
            rest.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let ours = TAGS.contains(&name.as_str()) || name == "ul" || rest.starts_with("!doctype");
        assert!(ours, "<{name}");
    }
    let told: usize = lines.iter().map(String::len).sum();
    let most = data.len().saturating_mul(64).saturating_add(64 * 1024);
    assert!(told <= most && page.len() <= most, "{} and {} bytes", told, page.len());
}

/// What could command a terminal or turn the order of letters.
fn bad(one: char) -> bool {
    one.is_control() || matches!(one, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
