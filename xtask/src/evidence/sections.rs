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
    /// What changed in the code because of what it showed.
    pub(super) changed: &'static str,
    pub(super) short: &'static [&'static str],
    pub(super) full: &'static [&'static str],
}

/// All of them, in the page's order.
pub(super) const SECTIONS: &[Section] = &[
    Section {
        name: "worlds",
        title: "Ten thousand worlds",
        claim: "In worlds that are drawn from seeds, calls fail, reads are old, events are lost, doubled or forged, functions die and people
interfere; every write is held against the truth, and at rest every promise that something happens. No promise of PROMISES.md is
broken, each planted bug is found, and of two other tools' decisions in the same worlds it is told what they come to. All that the
functions write is searched for canaries, one in each field that is a secret.",
        says: &[
            "checks that every launched instance really joins before it counts, empties a host before it goes, strikes off what is gone",
            "The tests also play ten thousand worlds, one a seed",
        ],
        changed: "A host in standby made the crowd larger of which a fifth may be in trouble (S13): one world in ten thousand. A host that drains
lost its protection by two reads that were each one behind (S3): one in twenty thousand. A change for the model checker's sake began the
patience of a terminating host anew when a person had made it ACTIVE (S12): one in ten thousand, and it did not ship.",
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
        name: "crashes",
        title: "A crash anywhere",
        claim: "Each await of each function is once the last one: before the effect, and after it with the answer lost. Lambda's retries and the
clock's sweeps restore the end that there is without a crash, and no promise is broken on the way.",
        says: &["functions die and people interfere, and hold every write against the truth"],
        changed: "",
        short: &["cargo xtask crashes"],
        full: &["cargo xtask crashes --twice"],
    },
    Section {
        name: "model",
        title: "Every history of a few hosts",
        claim: "The judgements that ship, under a model checker: whatever befalls a few hosts, whatever is late, lost, doubled, forged or read when
it was otherwise, and wherever an invocation dies. Bugs that are planted in what the judgements see are found, each with its shortest history.",
        says: &[],
        changed: "A mark that a drain left behind counted as a reason to drain a healthy host again, where EC2 was not asked or could not be read
(S4). Of two sweeps at once, one that saw a plan of EC2's and one that saw none, a drain of ours could be left without its mark, which
nobody ever lifts (L4): what is ACTIVE is marked anew, and both steps look again.",
        short: &["cargo xtask model"],
        full: &["cargo xtask model --full"],
    },
    Section {
        name: "wire",
        title: "The wire",
        claim: "The AWS clients that ship, on a wire that throttles, breaks, cuts, stalls, lies and answers with pages: every call ends in its time, no
fault reads as absent, empty, done or refused, every error code has its class, and no secret is told.",
        says: &[],
        changed: "AWS repeats what was signed when a signature is wrong, the session's token with it: it is not told any more. A date of the year
9999 made the SDK panic when it signed the next attempt. A page of somebody's with status 200 was a success for calls that answer
nothing. A write that was refused after an attempt in doubt was told as refused. Fields that AWS must tell and did not were read as
absent or zero. One wrong date ruled an invocation's clock.",
        short: &["cargo xtask wire"],
        full: &["cargo xtask wire --calls 1000000"],
    },
    Section {
        name: "fuzz",
        title: "Fuzzing",
        claim: "Every parser, under libFuzzer: events, properties, policy documents, settings, tags and marks, templates, event patterns, and the wire
protocols of the local AWS. None panics.",
        says: &[],
        changed: "A tag that tells of more regrets than there can be made the capacity adjuster panic. A placement constraint of a hundred thousand
brackets overflowed the stack, and one with repetitions of repetitions took all memory.",
        short: &["cargo xtask fuzz --seconds 5"],
        full: &["cargo xtask fuzz --seconds 3600"],
    },
    Section {
        name: "mutants",
        title: "Mutants",
        claim: "Each change that cargo-mutants makes to the code that decides is seen by a test, or argued in `.cargo/mutants.toml`. The short form
tries a twentieth of the judgements of hosts, sweeps and roles; what the long form still misses is told below it.",
        says: &[],
        changed: "Patterns of placement constraints were cut at their first bracket, and the constraint was not understood. Four conditions that
nothing needed are gone.",
        short: &["cargo xtask mutants"],
        full: &["cargo xtask mutants --full"],
    },
    Section {
        name: "conformance",
        title: "Is the local AWS like AWS?",
        claim: "Every operation that the local AWS offers is held, in success and error, against AWS's own service models; its answers are compared with
moto and ministack, its Runtime API with Lambda's own emulator, and every difference is argued. AWS's own waiters and paginators work on it.",
        says: &[],
        changed: "Fourteen kinds of answers of the local AWS were not as AWS's models say, among them null members, launch templates that boto3 could not
make, pages that lost items, and twelve operations that took calls without a member that AWS demands. None was in shipped code.",
        short: &["cargo xtask conformance"],
        full: &["cargo xtask conformance --full"],
    },
    Section {
        name: "functions",
        title: "What a function costs",
        claim: "Each function through Lambda's Runtime API and over TLS, on a whole core and at the CPU share of 128 MB, beside the same calls alone, a
hello, a bare loop and a drain hook in boto3, in turns in one run. Goals that are missed are told as missed. The short form measures the
binaries that the tests run, which are three times as large as what ships and so take more memory; the long one builds what ships.",
        says: &["It is seven small Rust Lambda functions"],
        changed: "cargo-lambda builds with `panic = \"abort\"` where the profile does not name it: a custom resource that panics would never have
answered. The profile names it now.",
        short: &["cargo xtask bench functions --as-tested --rounds 3 --warm 20"],
        full: &["cargo xtask bench functions --rounds 15 --warm 100"],
    },
    Section {
        name: "fleet",
        title: "Calls, time and memory, as the fleet grows",
        claim: "One host is found with one call in a cluster of any size. A tick of the clock costs what reading every registration once costs, and
memory grows with the largest cluster and with the hosts of twenty groups.",
        says: &[],
        changed: "At 5,000 settled hosts a tick took 527 calls where 105 suffice, for each of five slices read all of them; at 100,000 hosts in 100
clusters 2,511 calls, 53 s of CPU and 115 MB, for each of a hundred parts read all groups with all their hosts, a hundred groups a page. The
capacity adjuster looked for each host among all: 1.4 s of CPU at 5,000 hosts, where it is 0.2 now. Clusters that come late in a long tick
are judged by groups that are read again, and a different cluster comes first each minute.",
        short: &["cargo xtask bench fleet"],
        full: &["cargo xtask bench fleet --full"],
    },
    Section {
        name: "packing",
        title: "A plan for the size of a group",
        claim: "What a plan costs, and how near it comes to a bound that no packing can beat.",
        says: &["shows what a plan for the size of a group costs, and how near it comes to the best that there can be"],
        changed: "",
        short: &["cargo xtask bench packing"],
        full: &["cargo xtask bench packing"],
    },
    Section {
        name: "comparison",
        title: "Sizing, beside managed scaling",
        claim: "The capacity adjuster and the managed scaling of ECS capacity providers, with the same arrivals of work.",
        says: &["keeps the Auto Scaling group the size that the tasks need", "holds the sizing against managed scaling"],
        changed: "",
        short: &["cargo xtask bench comparison --seeds 2"],
        full: &["cargo xtask bench comparison"],
    },
    Section {
        name: "cost",
        title: "What it costs to run",
        claim: "Wakes, calls, logs and dollars of a month with 1,000 hosts.",
        says: &["[Cost](docs/cost.md): what it costs to run"],
        changed: "",
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
        for part in page.split("<!-- section: ").skip(1) {
            let (name, text) = part.split_once(" -->\n").unwrap();
            let section = SECTIONS.iter().find(|section| section.name == name).unwrap();
            let claim = format!("## {}\n\n{}\n", section.title, section.claim);
            assert!(text.starts_with(&claim), "{name} claims something else");
        }
    }
}
