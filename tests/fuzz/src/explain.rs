//! The readers and writers of `muster explain`, without the CLI around them.

#[path = "../../../cli/src/explain/gather.rs"]
#[expect(dead_code, reason = "names are offered where there is no story")]
mod gather;
#[path = "../../../cli/src/explain/page/mod.rs"]
mod page;
#[path = "../../../cli/src/explain/read.rs"]
mod read;
#[path = "../../../cli/src/explain/story.rs"]
mod story;
#[path = "../../../cli/src/explain/words.rs"]
mod words;

use gather::Gather;

/// What comes of records about a host: the lines of JSON, and the page.
pub(crate) fn told(host: &str, records: &[u8]) -> Option<(Vec<String>, String)> {
    let mut gather = Gather::new(host);
    gather.source("a file");
    read::each(records, |text| gather.text(None, text)).ok()?;
    let searched = gather.searched();
    let story = gather.story()?;
    let lines = story.json().iter().map(ToString::to_string).collect();
    Some((lines, page::page(&story, &searched)))
}
