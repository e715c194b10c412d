//! What each function costs through Lambda's Runtime API, beside others that do the same.
//!
//! Each program is started, handed an event and then the same again, and ended; the local AWS is behind TLS. All are measured in
//! turns, round by round, so that what else the machine does falls on all of them.

mod door;
mod figures;
mod quota;
mod runtime;
mod scene;
mod size;
mod subject;
mod tables;

use door::Certified;
use end_to_end::FUNCTIONS;
use figures::Figures;
use quota::Quota;
use scene::Scene;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use subject::{Subject, Terms};

/// As long as a call of AWS's API takes from a function, in milliseconds.
const CALL: u64 = 15;
/// A whole core, and a call takes no time on its way.
const WHOLE: Terms = Terms { small: false, late: 0 };
/// A small function's part of a core.
const SMALL: Terms = Terms { small: true, late: 0 };
/// The same, and each call is on its way as long as to AWS.
const FAR: Terms = Terms { small: true, late: CALL };
const TERMS: [Terms; 3] = [WHOLE, SMALL, FAR];

/// What is measured, and how often.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Asked {
    /// A folder of the functions as they are built without link-time optimisation, each alone, and of the baselines.
    #[arg(long)]
    plain: PathBuf,
    /// The same with it: as they ship.
    #[arg(long)]
    lto: Option<PathBuf>,
    /// A Python with boto3 and awslambdaric.
    #[arg(long)]
    python: Option<PathBuf>,
    /// How many times all of it is measured.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// How many later events each process is handed on a whole core; a fifth of them on a small part.
    #[arg(long, default_value_t = 40)]
    warm: u32,
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// The function itself.
    Function,
    /// The function, where it trusts one root alone.
    OneRoot,
    /// The calls alone.
    Trimmed,
    /// `lambda_runtime`, and no call.
    Hello,
    /// No library.
    Bare,
    /// boto3.
    Python,
}

/// One line of what is measured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    /// For which function's event.
    pub(super) function: &'static str,
    pub(super) who: Who,
    /// Whether with link-time optimisation.
    pub(super) lto: bool,
}

/// The tables, and whether all could be measured.
///
/// # Errors
/// Nothing can be measured.
pub(crate) fn table(asked: &Asked) -> Result<(String, bool), io::Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = std::env::temp_dir().join(format!("muster-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let told = runtime.block_on(all(asked, &folder));
    std::fs::remove_dir_all(&folder)?;
    told
}

fn say(text: &str) {
    // Progress that nobody can read is no reason to end.
    drop(writeln!(io::stderr(), "{text}"));
}

async fn all(asked: &Asked, folder: &Path) -> io::Result<(String, bool)> {
    let trusted = Certified::make(folder)?;
    if !trusted.among_others {
        say("no roots of the system's were found: the functions trust one root alone");
    }
    let quota = Quota::make();
    if quota.is_none() {
        say(
            "SKIPPED: no control group can be made here, so nothing is measured on a small part of a core",
        );
    }
    let mut scenes = BTreeMap::new();
    for function in FUNCTIONS {
        scenes.insert(function, scene::of(function, &asked.plain, &trusted).await?);
    }
    let subjects = subjects(asked, &trusted);
    let mut figures = Figures::default();
    let mut well = calls(&subjects, &mut scenes, &mut figures).await;
    for round in 1..=asked.rounds {
        for terms in TERMS.into_iter().filter(|terms| !terms.small || quota.is_some()) {
            say(&format!("round {round} of {}: {terms:?}", asked.rounds));
            for (line, subject) in &subjects {
                let warm = if terms.small { asked.warm / 5 } else { asked.warm };
                match subject.run(&scenes[line.function], quota.as_ref(), terms, warm).await {
                    Ok(run) => figures.add(line, terms, run),
                    Err(told) => {
                        say(&format!("FAILED: {line:?}: {told}"));
                        well = false;
                    }
                }
            }
        }
    }
    let mut sizes = BTreeMap::new();
    for (line, subject) in &subjects {
        let program = &subject.program;
        let known =
            sizes.entry(program).or_insert_with(|| size::of(program, asked.python.as_deref()));
        figures.sizes.insert(line.clone(), *known);
    }
    Ok((tables::all(&figures, &scenes), well))
}

/// Every program under measure; where a folder lacks one, it is told as skipped.
fn subjects(asked: &Asked, trusted: &Certified) -> Vec<(Line, Subject)> {
    let mut all = Vec::new();
    let mut add = |line: Line, program: PathBuf, arguments: &[&str]| {
        if !program.is_file() {
            say(&format!("SKIPPED: there is no {}", program.display()));
            return;
        }
        let arguments = arguments.iter().map(Into::into).collect();
        let path = end_to_end::root().join("tests/bench");
        let python = [
            ("PYTHONPATH", path.display().to_string()),
            ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
        ];
        let root = ("SSL_CERT_FILE", trusted.alone.display().to_string());
        let more = match line.who {
            Who::Python => Vec::from(python),
            Who::OneRoot => vec![root],
            _ => Vec::new(),
        };
        let environment = more.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        all.push((line, Subject { program, arguments, environment }));
    };
    for (lto, folder) in [(false, Some(&asked.plain)), (true, asked.lto.as_ref())] {
        let Some(folder) = folder else { continue };
        for function in FUNCTIONS {
            add(Line { function, who: Who::Function, lto }, folder.join(function), &[]);
            add(Line { function, who: Who::Trimmed, lto }, folder.join("trimmed"), &[]);
        }
        let function = "host-drainer";
        add(Line { function, who: Who::OneRoot, lto }, folder.join(function), &[]);
        add(Line { function, who: Who::Hello, lto }, folder.join("hello"), &[]);
        add(Line { function, who: Who::Bare, lto }, folder.join("bare"), &[]);
    }
    if let Some(python) = &asked.python {
        let line = Line { function: "host-drainer", who: Who::Python, lto: false };
        add(line, python.clone(), &["-m", "awslambdaric", "drain.handler"]);
    }
    all
}

/// What each calls for its event: the trimmed client must call what the function calls, or the comparison is none.
async fn calls(
    subjects: &[(Line, Subject)],
    scenes: &mut BTreeMap<&'static str, Scene>,
    figures: &mut Figures,
) -> bool {
    let mut well = true;
    for (line, subject) in subjects {
        let Some(scene) = scenes.get_mut(line.function) else { continue };
        scene.calls();
        if let Err(told) = subject.run(scene, None, WHOLE, 1).await {
            say(&format!("FAILED: {line:?}: {told}"));
            well = false;
        }
        let mut calls = scene.calls();
        calls.sort();
        let own = Line { who: Who::Function, ..line.clone() };
        if line.who == Who::Trimmed && figures.calls.get(&own).is_some_and(|own| *own != calls) {
            say(&format!(
                "FAILED: {line:?} calls {calls:?}, the function {:?}",
                figures.calls[&own]
            ));
            well = false;
        }
        figures.calls.insert(line.clone(), calls);
    }
    well
}
