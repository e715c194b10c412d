//! The page in a real browser, where one is installed.

use super::{LATE, RECORDS, SPOT, SWEPT, page, story};
use std::path::{Path, PathBuf};
use std::process::Command;

const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

fn browser() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let all =
        std::env::split_paths(&paths).flat_map(|folder| BROWSERS.map(|name| folder.join(name)));
    all.into_iter().find(|path| path.is_file())
}

/// A folder that goes when the test does.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("muster-explain-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the browser makes of a page, and what its console says.
fn looked_at(browser: &Path, folder: &Path, page: &str) -> (String, String) {
    let file = folder.join("story.html");
    std::fs::write(&file, page).unwrap();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-extensions",
        ])
        .args(["--enable-logging=stderr", "--log-level=0", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    let console = String::from_utf8_lossy(&output.stderr);
    let console = console.lines().filter(|line| line.contains(":CONSOLE"));
    let console = console.collect::<Vec<_>>().join("\n");
    (String::from_utf8_lossy(&output.stdout).into_owned(), console)
}

#[test]
fn a_browser_shows_every_row_and_has_nothing_to_complain_of() {
    let Some(browser) = browser() else {
        eprintln!("SKIPPED: no chromium is on the PATH");
        return;
    };
    let folder = Folder::new();
    for host in [SPOT, LATE, SWEPT] {
        let story = story(host, RECORDS);
        let (dom, console) = looked_at(&browser, &folder.0, &page::page(&story, "records"));
        assert_eq!(console, "", "{host}");
        assert!(dom.contains(&format!("<h1>{host}</h1>")), "{dom}");
        for number in 1..=story.rows.len() {
            assert!(dom.contains(&format!("id=\"r{number}\"")), "{host}: row {number}");
        }
        assert!(dom.contains("<svg viewBox=\"0 0 1000 "), "{dom}");
        assert!(dom.contains("class=\"mark"), "{dom}");
    }
}
