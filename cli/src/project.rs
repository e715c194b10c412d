//! The project that is demonstrated: its template, and the binaries of its functions.

use crate::Result;
use crate::error::Error;
use crate::out;
use local_aws::Template;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A checkout of Muster.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    root: PathBuf,
}

impl Project {
    /// The project in a folder, or the one that this command was built from.
    pub(crate) fn find(root: Option<PathBuf>) -> Result<Self> {
        let built_from = || Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let root = root.unwrap_or_else(built_from);
        let root = root.canonicalize().unwrap_or(root);
        if root.join("template.yaml").is_file() {
            Ok(Self { root })
        } else {
            Err(Error::NoProject { path: root })
        }
    }

    /// Reads a template, the project's own if none is named, for an account and a region.
    pub(crate) fn template(
        &self,
        path: Option<&Path>,
        account: &str,
        region: &str,
    ) -> Result<Template> {
        // The world stands still while a function runs: nothing comes of waiting in it.
        let now = ["RolesSettleSeconds", "TeardownWaitSeconds"];
        let now = now.into_iter().filter(|_| path.is_none());
        let now = now.map(|name| (name.to_owned(), "0".to_owned()));
        let path = path.map_or_else(|| self.root.join("template.yaml"), Path::to_owned);
        let text = std::fs::read_to_string(&path)
            .map_err(|fault| Error::File { path: path.clone(), told: fault.to_string() })?;
        let place = [
            ("AWS::AccountId".to_owned(), account.to_owned()),
            ("AWS::Region".to_owned(), region.to_owned()),
        ];
        let place: BTreeMap<String, String> = place.into_iter().chain(now).collect();
        Template::read(&text, &place).map_err(|fault| Error::Template { path, fault })
    }

    /// Builds the functions, as they ship, and tells where they are.
    ///
    /// All binaries of the workspace at once: the same selection, and so the same features, as the tests
    /// build. Another would compile the AWS SDK a second time.
    pub(crate) fn binaries(&self, skip_build: bool) -> Result<PathBuf> {
        let own = std::env::current_exe().ok();
        let beside = own.as_deref().and_then(Path::parent).map(Path::to_owned);
        if skip_build {
            return beside.ok_or_else(|| Error::Build("this command's folder is unknown".into()));
        }
        out::note(
            "Building the functions; the first time, the AWS SDK takes a quarter of an hour.",
        );
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // `cargo run` tells this program about its package. Build scripts that watch that would run anew, and all that
        // rests on them be built again, by each way of calling.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| text.starts_with(start)) {
                cargo.env_remove(name);
            }
        }
        let status = cargo
            .args(["build", "--release", "--locked", "--workspace", "--bins", "--all-features"])
            .current_dir(&self.root)
            .stdout(Stdio::null())
            .status()
            .map_err(|fault| Error::Build(fault.to_string()))?;
        if !status.success() {
            return Err(Error::Build(format!("cargo ended with {status}")));
        }
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        Ok(target.unwrap_or_else(|| self.root.join("target")).join("release"))
    }
}
