//! Text, a piece at a time: a line, or a document that was printed over several lines.

use serde::de::IgnoredAny;
use std::io::{self, BufRead};

/// How long a document over several lines may be; what is longer is taken as lines.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// Hands on every line that is not empty. Lines between a `{` or `[` and its end, each at the beginning of a line of its
/// own, as the AWS CLI and jq print them, are handed on as one piece if they are JSON. So only such a document is ever
/// held as a whole.
pub(super) fn each(mut reader: impl BufRead, mut told: impl FnMut(&str)) -> io::Result<()> {
    let mut bytes = Vec::new();
    let mut document = String::new();
    loop {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim_end();
        if document.is_empty() && !matches!(line, "{" | "[") {
            if !line.is_empty() {
                told(line);
            }
            continue;
        }
        document.push_str(line);
        document.push('\n');
        let ends = line.starts_with(['}', ']']);
        if ends && serde_json::from_str::<IgnoredAny>(&document).is_ok() {
            told(&document);
            document.clear();
        } else if ends || document.len() > MOST_BYTES {
            each_line(&document, &mut told);
            document.clear();
        }
    }
    each_line(&document, &mut told);
    Ok(())
}

fn each_line(text: &str, told: &mut impl FnMut(&str)) {
    text.lines().filter(|line| !line.is_empty()).for_each(told);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        each(text.as_bytes(), |piece| all.push(piece.to_owned())).unwrap();
        all
    }

    #[test]
    fn lines_are_pieces_and_so_is_a_document_over_several() {
        let text = "{\"a\":1}\n\n{\n  \"events\": [\n  ]\n}\n2026 x {}\n[\n]\n";
        let wanted = ["{\"a\":1}", "{\n  \"events\": [\n  ]\n}\n", "2026 x {}", "[\n]\n"];
        assert_eq!(pieces(text), wanted);
    }

    #[test]
    fn what_only_looks_like_a_document_is_lines() {
        assert_eq!(pieces("{\nfoo\n{\"a\":1}\n"), ["{", "foo", "{\"a\":1}"]);
        assert_eq!(pieces("{\nfoo\n}\nbar"), ["{", "foo", "}", "bar"]);
        assert_eq!(pieces(""), Vec::<String>::new());
    }

    #[test]
    fn bytes_that_are_no_text_are_a_line_too() {
        let mut all = Vec::new();
        each(&b"\xff\xfe\n{}\n"[..], |piece| all.push(piece.to_owned())).unwrap();
        assert_eq!(all, ["\u{fffd}\u{fffd}", "{}"]);
    }
}
