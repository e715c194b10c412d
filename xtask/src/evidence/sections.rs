//! What is claimed, and the commands that show it.

/// A claim with its commands.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// What is claimed.
    pub(super) claim: &'static str,
    /// The README's own words that it bears out.
    pub(super) says: &'static [&'static str],
    pub(super) short: &'static [&'static str],
    pub(super) full: &'static [&'static str],
}

/// All of them, in the page's order.
pub(super) const SECTIONS: &[Section] = &[
    Section {
        name: "worlds",
        title: "Ten thousand worlds",
        claim: "In worlds that are drawn from seeds, calls fail, reads are old, events are lost, doubled or forged, functions die and people \
                interfere; every write is held against the truth, and at rest every promise that something happens. No promise of \
                PROMISES.md is broken, each of the planted bugs is found, and two other tools' decisions are played in the same worlds.",
        says: &[
            "checks that every launched instance really joins before it counts, empties a host before it goes, strikes off what is gone",
            "The tests also play ten thousand worlds",
        ],
        short: &[
            "cargo xtask simulate",
            "cargo xtask simulate --planted --seeds 1000",
            "cargo xtask simulate --baselines --seeds 300",
        ],
        full: &[
            "cargo xtask simulate --seeds 100000",
            "cargo xtask simulate --planted --seeds 1000",
            "cargo xtask simulate --baselines --seeds 1000",
        ],
    },
    Section {
        name: "packing",
        title: "A plan for the size of a group",
        claim: "What a plan costs, and how near it comes to a bound that no packing can beat.",
        says: &[
            "shows what a plan for the size of a group costs, and how near it comes to the best that there can be",
        ],
        short: &["cargo xtask bench packing"],
        full: &["cargo xtask bench packing"],
    },
    Section {
        name: "comparison",
        title: "Sizing, beside managed scaling",
        claim: "The capacity adjuster against the managed scaling of ECS capacity providers, with the same arrivals of work.",
        says: &[
            "keeps the Auto Scaling group the size that the tasks need",
            "holds the sizing against managed scaling",
        ],
        short: &["cargo xtask bench comparison --seeds 2"],
        full: &["cargo xtask bench comparison"],
    },
    Section {
        name: "fleet",
        title: "Calls, time and memory, as the fleet grows",
        claim: "One host is found with one call in a cluster of any size. A tick of the clock costs what reading every registration once costs, \
                and memory grows with the largest cluster, not with the account.",
        says: &[],
        short: &["cargo xtask bench fleet"],
        full: &["cargo xtask bench fleet --full"],
    },
    Section {
        name: "cost",
        title: "What it costs to run",
        claim: "Wakes, calls, logs and dollars of a month with 1,000 hosts.",
        says: &["[Cost](docs/cost.md): what it costs to run"],
        short: &["cargo xtask bench cost"],
        full: &["cargo xtask bench cost"],
    },
];

/// The sections' names.
pub(crate) fn names() -> Vec<&'static str> {
    SECTIONS.iter().map(|section| section.name).collect()
}

/// Those that are asked for, or all.
pub(super) fn chosen(only: &[String]) -> impl Iterator<Item = &'static Section> {
    let asked =
        |section: &&Section| only.is_empty() || only.iter().any(|name| name == section.name);
    SECTIONS.iter().filter(asked)
}

/// What stands above the sections.
pub(super) fn head() -> String {
    let row = |section: &'static Section| {
        let Section { name, title, says, .. } = section;
        says.iter().map(move |says| format!("| {says} | {title} (`{name}`) |\n"))
    };
    let rows: String = SECTIONS.iter().flat_map(row).collect();
    format!("{HEAD}{rows}")
}

const HEAD: &str = "# Evidence

Each claim with the command that shows it, and what that told. `cargo xtask evidence` writes this page in its short form, in less
than 20 minutes; `cargo xtask evidence --full` in its long one, in hours; `cargo xtask evidence NAME` writes one section anew. Counts
are the same on every machine; times are of one x86-64 machine with two busy cores: read their ratios.

| What the README says | Shown by |
|---|---|
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{read, root};
    use std::collections::BTreeSet;

    fn words(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_the_readme_is_said_to_say_it_says() {
        let readme = words(&read(&root().join("README.md")).unwrap());
        for section in SECTIONS {
            for says in section.says {
                assert!(readme.contains(says), "{}: {says}", section.name);
            }
        }
    }

    #[test]
    fn every_command_is_one_that_anybody_can_type_and_every_section_has_a_name_of_its_own() {
        for section in SECTIONS {
            for command in section.short.iter().chain(section.full) {
                assert!(command.starts_with("cargo xtask "), "{command}");
            }
        }
        assert_eq!(names().iter().collect::<BTreeSet<_>>().len(), SECTIONS.len());
    }

    #[test]
    fn the_page_is_what_the_command_wrote() {
        let page = read(&root().join("docs/evidence.md")).unwrap();
        assert!(page.starts_with(&head()), "its head is not that of `cargo xtask evidence`");
        for section in SECTIONS {
            let claim = format!(
                "<!-- section: {} -->\n## {}\n\n{}\n",
                section.name, section.title, section.claim
            );
            assert!(page.contains(&claim), "{} is not there, or another claim is", section.name);
        }
    }
}
