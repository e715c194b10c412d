//! The names that were perhaps meant.

use std::collections::BTreeSet;

/// How many names are offered.
const MOST: usize = 3;

/// The hosts that the records do name, the likest first.
pub(super) fn told(host: &str, names: &BTreeSet<String>) -> String {
    let likeness = |name: &&String| strsim::jaro_winkler(name, host);
    let mut nearest: Vec<&String> = names.iter().collect();
    nearest.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
    let shown: Vec<&str> = nearest.iter().take(MOST).map(|name| name.as_str()).collect();
    match names.len() {
        0 => "; no host is named there at all".to_owned(),
        count if count <= MOST => format!("; hosts that are named there: {}", shown.join(", ")),
        count => format!("; the nearest of {count} hosts named there: {}", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likest_names_come_first() {
        let names: Vec<String> = ["i-0aaa", "i-0abc", "i-0fff", "i-1abc"].map(str::to_owned).into();
        let names = BTreeSet::from_iter(names);
        let wanted = "; the nearest of 4 hosts named there: i-0abc, i-0aaa, i-1abc";
        assert_eq!(told("i-0abd", &names), wanted);
        assert_eq!(told("i-0abd", &BTreeSet::new()), "; no host is named there at all");
    }
}
