//! What `cargo xtask bench functions` measures: each function built alone, as `sam build` builds it. What the tests run is built
//! together, with the features of all that is in the house, and is three times as large.

use crate::python::{Environment, installed};
use crate::run::{Failed, Passed, cargo, program, run, target};
use std::path::PathBuf;

/// The functions, and the small programs that they are held against.
const PACKAGES: [&str; 8] = [
    "agent-verifier",
    "capacity-adjuster",
    "cluster-roles",
    "cluster-teardown",
    "host-deregisterer",
    "host-drainer",
    "reconciler",
    "muster-baselines",
];
/// Leaves out what link-time optimisation makes of them.
const PLAIN: &str = "--without-lto";
/// Measures what the tests run, which is there: built together, and so with more in each file than ships.
const AS_TESTED: &str = "--as-tested";

/// Builds all of it, where it is not built, and measures it.
pub(crate) fn bench(arguments: &[String]) -> Result<Passed, Failed> {
    let mut measure = program("muster-bench");
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let plain = if has(AS_TESTED) { target().join("release") } else { built("plain", "false")? };
    measure.arg("functions").arg("--plain").arg(plain);
    if !has(PLAIN) && !has(AS_TESTED) {
        measure.arg("--lto").arg(built("lto", "fat")?);
    }
    if let Some(python) = installed(Environment::Boto3)? {
        measure.arg("--python").arg(python.join("bin/python"));
    }
    run(measure
        .args(arguments.iter().filter(|argument| ![PLAIN, AS_TESTED].contains(&argument.as_str()))))
}

/// The folder of what was built. It has a target folder of its own: the SDK is compiled in it once for each kind, and what the
/// tests run stays as it is.
fn built(kind: &str, lto: &str) -> Result<PathBuf, Failed> {
    let folder = target().join("bench").join(kind);
    for package in PACKAGES {
        let mut build = cargo(&["build", "--release", "--locked", "--quiet", "-p", package]);
        build.env("CARGO_TARGET_DIR", &folder).env("CARGO_PROFILE_RELEASE_LTO", lto);
        run(build.env("CARGO_PROFILE_RELEASE_STRIP", "symbols"))?;
    }
    Ok(folder.join("release"))
}
