//! The page: what stands in it, section by section, so that one can be made anew and the others stay.

use std::collections::BTreeMap;

/// What a section shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) title: String,
    pub(super) claim: String,
    pub(super) changed: String,
    /// Which form was run, of what, and how long it took.
    pub(super) machine: String,
    /// Each command with what it told.
    pub(super) told: Vec<(String, String)>,
}

impl Part {
    fn write(&self) -> String {
        let told = |(command, told): &(String, String)| {
            format!("\n```sh\n{command}\n```\n\n{}\n", shown(told))
        };
        let told: String = self.told.iter().map(told).collect();
        let Self { title, claim, changed, machine, .. } = self;
        let changed = match changed.as_str() {
            "" => String::new(),
            changed => format!("\n**What it changed.** {changed}\n"),
        };
        format!("## {title}\n\n{claim}\n{told}{changed}\n<sub>{machine}</sub>\n")
    }
}

/// A table is Markdown already; anything else is shown as it is.
fn shown(told: &str) -> String {
    let told = told.trim_end().trim_start_matches('\n');
    if told.lines().any(|line| line.starts_with('|')) {
        return told.to_owned();
    }
    format!("```text\n{told}\n```")
}

/// All of it: the sections' texts, by name.
#[derive(Debug, Default)]
pub(super) struct Page(BTreeMap<String, String>);

const BEGIN: &str = "<!-- section: ";
const END: &str = " -->";

impl Page {
    pub(super) fn read(text: &str) -> Self {
        let parts = text.split(BEGIN).skip(1);
        let parts = parts.filter_map(|part| part.split_once(END));
        Self(parts.map(|(name, text)| (name.to_owned(), text.trim().to_owned())).collect())
    }

    pub(super) fn put(&mut self, name: &str, part: &Part) {
        self.0.insert(name.to_owned(), part.write().trim().to_owned());
    }

    /// The sections in this order, behind the head; what is not a section any more goes.
    pub(super) fn write(&self, head: &str, names: &[&str]) -> String {
        let part = |name: &&str| {
            let part = self.0.get(*name)?;
            Some(format!("\n{BEGIN}{name}{END}\n{part}\n"))
        };
        let parts: String = names.iter().filter_map(part).collect();
        format!("{}\n{parts}", head.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(told: &str) -> Part {
        Part {
            title: "Worlds".to_owned(),
            claim: "They hold.".to_owned(),
            changed: "Much.".to_owned(),
            machine: "short form, at `abc`, 3 s".to_owned(),
            told: vec![("cargo xtask simulate".to_owned(), told.to_owned())],
        }
    }

    #[test]
    fn one_section_is_made_anew_and_the_others_stay() {
        let mut page = Page::default();
        page.put("b", &part("| a |\n|---|\n| 1 |\n"));
        page.put("a", &part("plain\n"));
        let text = page.write("# Evidence\n", &["a", "b"]);
        assert!(text.starts_with("# Evidence\n\n<!-- section: a -->\n## Worlds\n\nThey hold.\n"));
        assert!(text.contains("```sh\ncargo xtask simulate\n```\n\n```text\nplain\n```\n"));
        assert!(
            text.contains("```\n\n| a |\n|---|\n| 1 |\n\n**What it changed.** Much.\n\n<sub>short form, at `abc`, 3 s</sub>\n")
        );

        let mut again = Page::read(&text);
        assert_eq!(again.write("# Evidence\n", &["a", "b"]), text);
        again.put("a", &part("other\n"));
        let changed = again.write("# Evidence\n", &["a", "b"]);
        assert_eq!(changed, text.replace("plain", "other"));
        assert!(!again.write("", &["b"]).contains("section: a"));
    }
}
