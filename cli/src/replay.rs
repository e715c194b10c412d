//! `muster replay`: any event, handed to the function that it would wake.

mod choose;

use crate::error::Error;
use crate::out::{self, BAD, BOLD, DIM, GOOD};
use crate::project::Project;
use choose::{Choice, choose};
use comfy_table::{Table, presets};
use local_aws::rules::Rules;
use local_aws::world::{Config, Service};
use local_aws::{Invocation, LocalAws, Pace, Setup};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Hand events to the functions that they would wake, on the local AWS.
///
/// An event may be EventBridge's, Scheduler's, a custom resource's request, a lifecycle hook's own message,
/// or any of these wrapped by SQS or SNS. The local AWS stands in the account and region that the event
/// names, with an empty cluster `demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Files with one event each.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Another template than the project's.
    #[arg(long)]
    template: Option<PathBuf>,
    /// Hand it to this function, whatever the rules say.
    #[arg(long)]
    function: Option<String>,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
    /// Use the function binaries beside this one as they are.
    #[arg(long)]
    skip_build: bool,
    /// The project's folder.
    #[arg(long)]
    root: Option<PathBuf>,
}

/// What came of one file and one function.
struct Row {
    file: String,
    function: String,
    decision: String,
    because: String,
    decided: bool,
}

/// Replays each file; an error if any came to no decision.
pub(crate) async fn run(arguments: Arguments) -> crate::Result<()> {
    let project = Project::find(arguments.root.clone())?;
    let binaries = project.binaries(arguments.skip_build)?;
    let mut rows = Vec::new();
    for file in &arguments.files {
        rows.extend(replay(&arguments, &project, &binaries, file).await?);
    }
    if !arguments.json && arguments.files.len() > 1 {
        print_table(&rows);
    }
    let undecided = rows.iter().filter(|row| !row.decided).count();
    if undecided == 0 { Ok(()) } else { Err(Error::Undecided(undecided, rows.len())) }
}

async fn replay(
    arguments: &Arguments,
    project: &Project,
    binaries: &Path,
    file: &Path,
) -> crate::Result<Vec<Row>> {
    let bytes = std::fs::read(file)
        .map_err(|fault| Error::File { path: file.to_owned(), told: fault.to_string() })?;
    let event: Option<Value> = serde_json::from_slice(&bytes).ok();
    let config = place(event.as_ref());
    let template =
        project.template(arguments.template.as_deref(), &config.account, &config.region)?;
    let rules = Rules::read(&template).map_err(local_aws::StartError::from)?;
    let choice = choose(event.as_ref(), &template, &rules, arguments.function.as_deref());
    let aws = LocalAws::start(Setup {
        world: config,
        template,
        binaries: binaries.to_owned(),
        port: None,
        pace: Pace::Unbounded,
    })
    .await?;
    let cluster = json!({ "clusterName": "demo" });
    drop(aws.world(|world| world.call(Service::Ecs, "CreateCluster", &cluster)));

    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut rows = Vec::new();
    if choice.functions.is_empty() {
        rows.push(unheard(&name, &choice));
        print_row(arguments.json, None, &choice, rows.last());
    }
    for function in &choice.functions {
        let payload = addressed(&aws, event.as_ref(), &bytes);
        let invocation = aws.invoke(function, payload).await?;
        let record = record(&invocation);
        rows.push(row(&name, function, record, &invocation));
        print_row(arguments.json, record, &choice, rows.last());
    }
    aws.stop().await;
    Ok(rows)
}

/// The account and region that an event names, wherever it is wrapped.
fn place(event: Option<&Value>) -> Config {
    let mut config = Config::default();
    let Some(event) = event.and_then(choose::innermost) else { return config };
    let text = |field: &str| event.get(field).and_then(Value::as_str).map(str::to_owned);
    let stack = text("StackId").unwrap_or_default();
    let mut parts = stack.split(':').skip(3);
    let (region, account) = (parts.next(), parts.next());
    if let Some(region) = text("region").or(region.map(str::to_owned)) {
        config.region = region;
    }
    let digits = |text: &String| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    let named = text("account").or(text("AccountId")).or(account.map(str::to_owned));
    if let Some(account) = named.filter(digits) {
        config.account = account;
    }
    // The world stands at the time of the event, so that it is as fresh as it was.
    if let Some(at) = text("time").and_then(|time| time.parse().ok()) {
        config.start = at;
    }
    config
}

/// A custom resource's request is answered at the local AWS, and nowhere else.
fn addressed(aws: &LocalAws, event: Option<&Value>, bytes: &[u8]) -> Vec<u8> {
    match event {
        Some(Value::Object(fields)) if fields.contains_key("ResponseURL") => {
            let mut fields = fields.clone();
            let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
            let doing = if text("RequestType") == "Create" { "CREATE" } else { "UPDATE" };
            aws.stack_is(text("StackId"), &format!("{doing}_IN_PROGRESS"));
            fields.insert("ResponseURL".to_owned(), aws.response_url().into());
            Value::Object(fields).to_string().into_bytes()
        }
        _ => bytes.to_vec(),
    }
}

fn record(invocation: &Invocation) -> Option<&Value> {
    let is_record = |line: &&Value| line.get("record").is_some_and(|kind| kind == "decision");
    invocation.log.iter().find(is_record)
}

fn row(file: &str, function: &str, record: Option<&Value>, invocation: &Invocation) -> Row {
    let text = |field: &str| {
        let value = record.and_then(|record| record.get(field)).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    // An error that the record explains is an answer: Lambda would hand the event over again.
    let (decision, because) = match record {
        Some(_) => (text("decision"), text("because")),
        None => ("none".to_owned(), format!("{:?}", invocation.result)),
    };
    let decided = record.is_some() && !because.is_empty();
    Row { file: file.to_owned(), function: function.to_owned(), decision, because, decided }
}

fn unheard(file: &str, choice: &Choice) -> Row {
    Row {
        file: file.to_owned(),
        function: "–".to_owned(),
        decision: "refuse".to_owned(),
        because: choice.why.clone(),
        decided: true,
    }
}

fn print_row(as_json: bool, record: Option<&Value>, choice: &Choice, row: Option<&Row>) {
    let Some(row) = row else { return };
    if as_json {
        out::line(json!({
            "file": row.file, "function": row.function, "chosen_because": choice.why,
            "decision": row.decision, "because": row.because, "record": record,
        }));
        return;
    }
    let style = if row.decided { GOOD } else { BAD };
    out::line(format_args!("{BOLD}{}{BOLD:#} {DIM}{}{DIM:#}", row.file, choice.why));
    out::line(format_args!(
        "  {}: {style}{}{style:#}: {}",
        row.function, row.decision, row.because
    ));
    if let Some(record) = record.and_then(|record| serde_json::to_string_pretty(record).ok()) {
        out::line(format_args!("{DIM}{record}{DIM:#}\n"));
    }
}

fn print_table(rows: &[Row]) {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_FULL_CONDENSED)
        .set_header(["file", "function", "decision", "because"]);
    for row in rows {
        table.add_row([&row.file, &row.function, &row.decision, &row.because]);
    }
    out::line(table);
}
