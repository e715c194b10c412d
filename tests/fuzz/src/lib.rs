//! Every parser, given what nobody would write.
//!
//! A target takes bytes, reads them as one of Muster's inputs, and asserts what must hold of any: no panic, a refusal that
//! names what it refuses in few words, what is written reads back the same, work that grows no faster than the input. The
//! tests replay each target's corpus and play changes of it; `cargo xtask fuzz` lets libFuzzer look for more, guided by
//! coverage.
//!
//! What is private to its crate is reached through the nearest public door; a reader that has none without the AWS SDK
//! behind it is taken in by its path, and so is the very file that ships.

mod account;
mod explain;
#[path = "../../../cli/src/html.rs"]
#[expect(dead_code, reason = "the page uses a part of it")]
mod html;
mod run;
#[path = "../../../cli/src/span.rs"]
mod span;
mod targets;

pub use run::{changed, folders, seeds};

/// The local AWS's errors, under the name that its XML writer knows them by.
mod world {
    pub(crate) use local_aws::world::ApiError;
}

/// A parser, and what must hold of it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its folder in `corpus`.
    pub name: &'static str,
    /// What it reads.
    pub reads: &'static str,
    /// Folders with inputs beside its own, from the project's root.
    pub also: &'static [&'static str],
    /// The longest input that is tried: no more than who sends it allows, and far less where length adds nothing.
    pub most: usize,
    /// How many bytes it may ask of the allocator whatever the input: scenes, tables, the first growth of buffers.
    pub whatever: usize,
    /// How many more for each byte of the input.
    pub per_byte: usize,
    /// Reads the bytes and asserts.
    pub run: fn(&[u8]),
}

const MIB: usize = 1024 * 1024;

const fn target(
    name: &'static str,
    reads: &'static str,
    (most, per_byte): (usize, usize),
    run: fn(&[u8]),
) -> Target {
    Target { name, reads, also: &[], most, whatever: 4 * MIB, per_byte, run }
}

const fn with_events(target: Target) -> Target {
    Target { also: &["tests/events"], ..target }
}

/// An alias may stand for much; the reader of YAML makes at most 100,000 nodes of all aliases of a document.
const fn with_aliases(target: Target) -> Target {
    Target { whatever: 64 * MIB, ..target }
}

/// All of them, those first whose input comes from furthest away.
pub const TARGETS: [Target; 14] = [
    with_events(target(
        "events",
        "what wakes a function, in any envelope",
        (16_384, 2_000),
        targets::events::run,
    )),
    with_events(target(
        "requests",
        "a custom resource's request",
        (16_384, 2_000),
        targets::requests::run,
    )),
    target("roles", "properties of Custom::ClusterRoles", (8_192, 20_000), targets::roles::run),
    target("tags", "tags of groups, marks of registrations", (1_024, 20_000), targets::tags::run),
    target("settings", "settings and their overrides", (4_096, 2_000), targets::settings::run),
    target("names", "names and ARNs", (2_048, 2_000), targets::names::run),
    target("placement", "placement constraints", (2_000, 40_000), targets::placement::run),
    target("documents", "policy documents, by meaning", (8_192, 4_000), targets::documents::run),
    target("userdata", "user data and console output", (16_384, 200), targets::userdata::run),
    target("records", "what `muster explain` reads", (16_384, 20_000), targets::records::run),
    with_aliases(target(
        "towns",
        "what `muster simulate` reads",
        (8_192, 4_000),
        targets::towns::run,
    )),
    with_aliases(target(
        "template",
        "the local AWS: SAM templates",
        (16_384, 20_000),
        targets::template::run,
    )),
    target("patterns", "the local AWS: event patterns", (4_096, 20_000), targets::patterns::run),
    target("wire", "the local AWS: protocols and calls", (4_096, 40_000), targets::wire::run),
];
