//! What `muster simulate` reads: a file of YAML that describes a cluster.

#[path = "../../../../cli/src/simulate/file/mod.rs"]
mod file;

use domain::{GroupName, Policy};

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // YAML ends lines in more ways than Rust does.
    let ends = |one: &char| matches!(one, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let lines = text.chars().filter(ends).count();
    let mut read = match file::read(&text) {
        Ok(read) => read,
        Err(wrong) => return refused(&wrong.to_string(), lines, text.len()),
    };
    let hosts: u32 = read.plan.groups.iter().map(|group| group.max).sum();
    assert!((1..=1_000).contains(&hosts) && read.days.is_none_or(|days| (1..=28).contains(&days)));
    assert!(!read.plan.services.is_empty() || !read.plan.batches.is_empty());
    assert_eq!(read.plan.groups.len(), read.prices.len());
    for group in &read.plan.groups {
        assert!(group.min <= group.max && group.spot_percent <= 100);
        assert!(group.name.parse::<GroupName>().is_ok());
        assert_eq!(Policy::default().overridden_by(&group.tags).1, [], "a setting is not checked");
    }
    let setting: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    for one in setting {
        let _ = file::set(&mut read.plan.groups, &[one]);
    }
}

/// A complaint names a line that there is.
fn refused(told: &str, lines: usize, bytes: usize) {
    let line = told.strip_prefix("line ").and_then(|rest| rest.split_once(':'));
    let line = line.and_then(|(line, _)| line.parse::<usize>().ok());
    assert!(line.is_some_and(|line| line <= lines.saturating_add(2)), "{told} of {lines} lines");
    assert!(told.len() <= bytes.saturating_mul(8).saturating_add(1_000), "{} bytes", told.len());
}
