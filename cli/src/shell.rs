//! `muster completions` and `muster man`: made from the arguments themselves.

use crate::error::Error;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use std::io::Write as _;
use std::path::PathBuf;

/// Print the completions for a shell: `source <(muster completions bash)`.
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

/// Print the man page, or write one for each command into a folder.
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// The folder.
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

/// Prints completions.
pub(crate) fn completions(Completions { shell }: &Completions) {
    let mut text = Vec::new();
    clap_complete::generate(*shell, &mut command(), "muster", &mut text);
    print(&text);
}

/// Prints the man page, or writes all of them.
pub(crate) fn man(Man { into }: Man) -> crate::Result<()> {
    let Some(folder) = into else {
        let mut text = Vec::new();
        let rendered = clap_mangen::Man::new(command()).render(&mut text);
        print(&text);
        return rendered
            .map_err(|fault| Error::File { path: "man".into(), told: fault.to_string() });
    };
    let written = clap_mangen::generate_to(command(), &folder);
    written.map_err(|fault| Error::File { path: folder, told: fault.to_string() })
}

fn command() -> Command {
    crate::Arguments::command()
}

/// A closed pipe is no fault of ours.
fn print(text: &[u8]) {
    let _ = std::io::stdout().lock().write_all(text);
}
