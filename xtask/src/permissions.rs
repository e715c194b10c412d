//! What the functions' roles allow, against what the end-to-end tests used of it: nothing is granted that no run needs, and
//! nothing is denied.

use crate::run::{Failed, Passed, target};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

pub(crate) fn folder() -> PathBuf {
    target().join("permissions")
}

/// Holds the one against the other.
pub(crate) fn compare() -> Result<Passed, Failed> {
    let folder = folder();
    let entries = std::fs::read_dir(&folder).map_err(|error| Failed::at(&folder, &error))?;
    let mut text = String::new();
    for entry in entries.flatten() {
        let path = entry.path();
        text += &std::fs::read_to_string(&path).map_err(|error| Failed::at(&path, &error))?;
    }
    let told = Told::of(&text);
    let _ = writeln!(
        io::stdout(),
        "{} permissions are granted, {} were used; {} are unused, {} calls were denied",
        told.granted.len(),
        told.used.len(),
        told.unused().count(),
        told.denied.len()
    );
    told.judged()
}

/// What the runs tell: lines of `granted`, `used` or `denied`, with a function, an action and a resource.
#[derive(Debug, Default)]
struct Told<'t> {
    granted: BTreeSet<&'t str>,
    used: BTreeSet<&'t str>,
    denied: BTreeSet<&'t str>,
}

impl<'t> Told<'t> {
    fn of(text: &'t str) -> Self {
        let mut told = Self::default();
        for (what, grant) in text.lines().filter_map(|line| line.split_once(' ')) {
            match what {
                "granted" => told.granted.insert(grant),
                "used" => told.used.insert(grant),
                _ => told.denied.insert(grant),
            };
        }
        told
    }

    fn unused(&self) -> impl Iterator<Item = &&'t str> {
        self.granted.difference(&self.used)
    }

    fn judged(&self) -> Result<Passed, Failed> {
        if self.granted.is_empty() {
            return Err(Failed("no test told what it used".to_owned()));
        }
        let unused = self.unused().map(|grant| format!("\n  granted, and never used: {grant}"));
        let denied = self.denied.iter().map(|grant| format!("\n  denied: {grant}"));
        let wrong: String = unused.chain(denied).collect();
        if wrong.is_empty() {
            return Ok(Passed::Done);
        }
        Err(Failed(format!("the roles of template.yaml are not what the functions need:{wrong}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_used_and_what_is_denied_are_both_told() {
        let well = "granted A ecs:StopTask *\nused A ecs:StopTask *\n";
        assert_eq!(Told::of(well).judged(), Ok(Passed::Done));
        let unused = format!("{well}granted B ecs:StopTask *\n");
        let told = Told::of(&unused).judged().unwrap_err().to_string();
        assert!(told.ends_with("never used: B ecs:StopTask *"), "{told}");
        let denied = format!("{well}denied B ecs:StopTask task/1\n");
        let told = Told::of(&denied).judged().unwrap_err().to_string();
        assert!(told.ends_with("denied: B ecs:StopTask task/1"), "{told}");
        assert!(Told::of("").judged().is_err());
    }
}
