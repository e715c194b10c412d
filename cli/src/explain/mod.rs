//! `muster explain`: the story of one host, from the functions' decision records.

mod gather;
mod nearest;
mod page;
mod read;
mod story;
mod text;
mod words;

#[cfg(test)]
mod tests;

use crate::account::{self, Account};
use crate::error::Error;
use crate::{out, span};
use aws::Logbook;
use domain::{Fault, InstanceId};
use gather::Gather;
use jiff::SignedDuration;
use ports::{Logs as _, Reads as _};
use std::fs::File;
use std::io::{BufReader, stdin};
use std::path::{Path, PathBuf};

/// Pages of CloudWatch Logs that are read at most. A page is up to 1 MB, and may be empty while it searches.
const MOST_PAGES: usize = 2_000;

/// Pages that are looked through for other hosts' names where nothing is found.
const PAGES_FOR_NAMES: usize = 5;

/// The story of one host from the decision records: what was seen, decided and done, and why.
///
/// Without --file, the records are read from CloudWatch Logs; the call is `logs:FilterLogEvents`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    account: Account,
    /// The host's instance id.
    #[arg(value_name = "HOST", value_parser = account::host)]
    host: InstanceId,
    /// A file with records, as the functions write them or as CloudWatch Logs gives them; `-` is standard input.
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The log group [default: the output `LogGroupName` of the stack].
    #[arg(long, value_name = "NAME", conflicts_with = "files")]
    log_group: Option<String>,
    /// How far back to read, for example 90m, 24h or 7d.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = span::read)]
    #[arg(conflicts_with = "files")]
    since: SignedDuration,
    /// Print one JSON object for the host, and one for each line of its story.
    #[arg(long)]
    json: bool,
    /// Write the story as a page that needs nothing else.
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    html: Option<PathBuf>,
}

/// Why there is no story.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoStory {
    #[error("no record names {host}; searched: {searched}{nearest}")]
    NotNamed { host: InstanceId, searched: String, nearest: String },
    #[error(
        "there is no stack {0} with an output LogGroupName in this region; \
         name it with --stack, or the log group with --log-group"
    )]
    NoLogGroup(String),
}

/// Gathers the records, and tells the story.
pub(crate) async fn run(arguments: Arguments) -> crate::Result<()> {
    let mut gather = Gather::new(arguments.host.as_str());
    if arguments.files.is_empty() {
        Box::pin(from_logs(&arguments, &mut gather)).await?;
    }
    for path in &arguments.files {
        from_file(path, &mut gather)?;
    }
    let searched = gather.searched();
    let nearest = nearest::told(arguments.host.as_str(), gather.names());
    let Some(story) = gather.story() else {
        let host = arguments.host.clone();
        return Err(NoStory::NotNamed { host, searched, nearest }.into());
    };
    if arguments.json {
        for line in story.json() {
            out::line(line);
        }
    } else if let Some(path) = &arguments.html {
        let written = std::fs::write(path, page::page(&story, &searched));
        written.map_err(|fault| unusable(path, &fault))?;
        out::note(&format!("The story is in {}.", path.display()));
    } else {
        for line in text::lines(&story) {
            out::line(line);
        }
        out::line("");
        out::note(&format!("Searched: {searched}."));
    }
    Ok(())
}

fn unusable(path: &Path, fault: &std::io::Error) -> Error {
    Error::File { path: path.to_owned(), told: fault.to_string() }
}

fn from_file(path: &Path, gather: &mut Gather) -> crate::Result<()> {
    let name = path.display().to_string();
    let read = if name == "-" {
        gather.source("standard input");
        read::each(stdin().lock(), |text| gather.text(None, text))
    } else {
        gather.source(&name);
        let file = File::open(path).map_err(|fault| unusable(path, &fault))?;
        read::each(BufReader::new(file), |text| gather.text(None, text))
    };
    read.map_err(|fault| unusable(path, &fault))
}

/// Reads what names the host; and if nothing does, a little of the rest, for the names in it.
async fn from_logs(arguments: &Arguments, gather: &mut Gather) -> crate::Result<()> {
    let logs = arguments.account.logs().await?;
    let group = if let Some(group) = &arguments.log_group {
        group.clone()
    } else {
        let found = logs.log_group(&arguments.account.stack).await?;
        found.ok_or_else(|| NoStory::NoLogGroup(arguments.account.stack.clone()))?
    };
    let long = span::short(arguments.since);
    gather.source(&format!("log group {group}, the last {long}"));
    // A term in quotation marks is found anywhere in a line (*Filter pattern syntax* in the CloudWatch Logs user guide).
    let named = format!("\"{}\"", arguments.host);
    if !pages(&logs, &group, &named, arguments.since, MOST_PAGES, gather).await? {
        out::note(&format!("Only {MOST_PAGES} pages were read: a shorter --since reads less."));
    }
    if gather.is_empty() {
        pages(&logs, &group, "decision", arguments.since, PAGES_FOR_NAMES, gather).await?;
    }
    Ok(())
}

/// Reads page after page; whether that was all.
async fn pages(
    logs: &Logbook,
    group: &str,
    pattern: &str,
    back: SignedDuration,
    most: usize,
    gather: &mut Gather,
) -> Result<bool, Fault> {
    let now = logs.aws().now();
    let since = now.saturating_sub(back).unwrap_or(now);
    let mut token: Option<String> = None;
    for _ in 0..most {
        // A long search is bounded by its pages: each has the whole time.
        account::begin(logs.aws());
        let page = logs.written(group, pattern, since, token.clone()).await?;
        for one in page.items {
            gather.text(one.at, &one.line);
        }
        match page.next.filter(|next| !next.is_empty()) {
            None => return Ok(true),
            Some(next) if Some(&next) == token.as_ref() => {
                let call = "logs:FilterLogEvents".to_owned();
                return Err(Fault::Partial { call, told: "the same page token came again".into() });
            }
            next => token = next,
        }
    }
    Ok(false)
}
