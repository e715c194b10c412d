//! How large a program is, and what Lambda is sent of it.

use std::path::Path;
use std::process::Command;

/// As SAM's own zip is made, and as `cargo xtask package` tells it.
const ZIPPED: &str = "import io, sys, zipfile
zipped = io.BytesIO()
with zipfile.ZipFile(zipped, 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    archive.write(sys.argv[1], 'bootstrap')
print(len(zipped.getvalue()))";

/// In MB: the program, and zipped; nothing where it cannot be told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    pub(super) program: Option<f64>,
    pub(super) zipped: Option<f64>,
}

/// Of a program. An interpreter's is not that of what it runs.
pub(super) fn of(program: &Path, python: Option<&Path>) -> Size {
    if Some(program) == python {
        return Size::default();
    }
    let bytes = std::fs::metadata(program).ok().and_then(|it| u32::try_from(it.len()).ok());
    let python = python.unwrap_or(Path::new("python3"));
    let told = Command::new(python).args(["-c", ZIPPED]).arg(program).output().ok();
    let told = told.and_then(|told| String::from_utf8(told.stdout).ok());
    let zipped = told.and_then(|told| told.trim().parse::<f64>().ok());
    Size { program: bytes.map(|it| f64::from(it) / 1e6), zipped: zipped.map(|it| it / 1e6) }
}
