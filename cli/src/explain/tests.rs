//! The story of real records: whole lives of hosts, as the functions wrote them in a run of `muster demo --records`.

mod browser;
mod hostile;

use super::gather::Gather;
use super::story::Story;
use super::{page, read, text};
use expect_test::expect_file;
use serde_json::{Value, json};

const RECORDS: &str = include_str!("../../tests/records.jsonl");

/// Taken back by Spot.
const SPOT: &str = "i-0ad7101551601c30b";
/// It never joined.
const LATE: &str = "i-53677debf739ce88c";
/// Drained by sweeps alone: its events were lost.
const SWEPT: &str = "i-4d4e63592782e4f7f";

fn gathered(host: &str, records: &str) -> Gather {
    let mut gather = Gather::new(host);
    gather.source("records");
    read::each(records.as_bytes(), |text| gather.text(None, text)).unwrap();
    gather
}

fn story(host: &str, records: &str) -> Story {
    gathered(host, records).story().unwrap()
}

fn told(story: &Story) -> String {
    let lines: Vec<String> = text::lines(story);
    anstream::adapter::strip_str(&lines.join("\n")).to_string()
}

/// The decision records among the lines.
fn records() -> Vec<Value> {
    let lines = RECORDS.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["record"] == "decision").collect()
}

#[test]
fn the_story_of_a_host_that_spot_takes_back() {
    expect_file!["../../tests/spot.txt"].assert_eq(&told(&story(SPOT, RECORDS)));
}

#[test]
fn the_story_of_a_host_that_never_joins_tells_why_and_what_to_do() {
    expect_file!["../../tests/late.txt"].assert_eq(&told(&story(LATE, RECORDS)));
}

#[test]
fn the_story_of_a_host_of_which_only_sweeps_tell() {
    expect_file!["../../tests/swept.txt"].assert_eq(&told(&story(SWEPT, RECORDS)));
}

#[test]
fn the_page_of_a_story() {
    let gather = gathered(SPOT, RECORDS);
    let searched = gather.searched();
    let page = page::page(&gather.story().unwrap(), &searched);
    // The style is looked at, not compared.
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    expect_file!["../../tests/spot.html"].assert_eq(&format!("{before}{after}"));
}

#[test]
fn no_line_is_longer_than_a_hundred_letters() {
    for host in [SPOT, LATE, SWEPT] {
        let told = told(&story(host, RECORDS));
        let long = told.lines().filter(|line| line.chars().count() > 100);
        // An id is never broken.
        assert_eq!(long.collect::<Vec<_>>(), Vec::<&str>::new());
    }
}

#[test]
fn every_row_of_the_json_has_its_time_and_the_first_object_is_the_host() {
    let all = story(SPOT, RECORDS).json();
    assert_eq!(all[0]["host"], SPOT);
    assert_eq!(all[0]["phases"][0]["phase"], "Launching");
    assert_eq!(all[2]["since_launch_seconds"], 30);
    assert!(all.iter().skip(1).all(|row| row["at"].is_string() && row["times"].is_u64()));
}

#[test]
fn the_same_hold_in_sweep_after_sweep_is_one_row() {
    let story = story(LATE, RECORDS);
    let first = &story.rows[0];
    assert_eq!((first.times, first.functions.len()), (6, 2), "{first:?}");
    assert_eq!(first.until.to_string(), "2026-03-04T05:05:00Z");
}

#[test]
fn records_are_found_in_whatever_wraps_them() {
    let wanted = story(SPOT, RECORDS);
    let event = |record: &Value| json!({ "timestamp": 1_772_600_400_123_i64, "message": format!("{record}\n"), "logStreamName": "x" });
    let insights = |record: &Value| {
        json!([
            { "field": "@timestamp", "value": "2026-03-04 05:00:00.000" },
            { "field": "@message", "value": record.to_string() },
        ])
    };
    let all = records();
    let events: Vec<Value> = all.iter().map(event).collect();
    let rows: Vec<Value> = all.iter().map(insights).collect();
    let lines = |each: &dyn Fn(&Value) -> String| -> String {
        all.iter().map(each).collect::<Vec<_>>().join("\n")
    };
    let pretty = |value: Value| serde_json::to_string_pretty(&value).unwrap();
    for (what, text) in [
        ("filter-log-events", pretty(json!({ "events": events, "searchedLogStreams": [] }))),
        ("filter-log-events in one line", json!({ "events": events }).to_string()),
        ("events, one a line", lines(&|record| event(record).to_string())),
        (
            "tail",
            lines(&|one| format!("2026-03-04T05:00:00.123000+00:00 2026/03/04/x[$LATEST]0 {one}")),
        ),
        ("insights", pretty(json!({ "results": rows, "status": "Complete" }))),
        ("insights, exported", pretty(all.iter().map(|one| json!({ "@message": one })).collect())),
        ("a list", pretty(json!(all))),
        ("each printed over several lines", lines(&|one| pretty(one.clone()))),
        ("twice", format!("{RECORDS}{RECORDS}")),
    ] {
        assert_eq!(story(SPOT, &text), wanted, "{what}");
    }
}

#[test]
fn a_record_without_a_time_has_that_of_its_line() {
    let mut record = records().into_iter().find(|one| one["host"] == SPOT).unwrap();
    let fields = record.as_object_mut().unwrap();
    fields.remove("at");
    fields.remove("woken_by");
    let line = format!("2026-03-04T07:00:00+00:00 stream {record}");
    assert_eq!(story(SPOT, &line).begins.to_string(), "2026-03-04T07:00:00Z");
    assert!(gathered(SPOT, &record.to_string()).story().is_none(), "no time at all");
}

#[test]
fn what_is_no_record_is_counted_and_where_nothing_is_found_the_names_are_kept() {
    let text = format!("{RECORDS}not json\n{{\"level\":\"WARN\"}}\n[1]\n");
    let gather = gathered("i-0ad7101551601c30c", &text);
    assert_eq!(
        gather.searched(),
        "records (45 records, 3 lines of metrics, 3 lines that are no records)"
    );
    assert!(gather.is_empty());
    assert!(gather.names().contains(SPOT), "{:?}", gather.names());
    assert!(gather.story().is_none());
    assert_eq!(gathered(SPOT, "").searched(), "records (0 records)");
}

#[test]
fn actions_on_a_host_in_its_groups_line_and_its_groups_breaker_are_part_of_it() {
    let line = |name: &str, actions: Value| json!({ "name": name, "actions": actions });
    let scale_in = json!({
        "action": "scale-in", "group": "web", "instance": "i-0a", "because": "not needed", "outcome": "done",
    });
    let breaker = json!({
        "action": "mark-breaker", "group": "web", "because": "3 of 9", "outcome": "done",
        "open": ["2026-03-04T05:00:00Z", { "open": "too-many-failing", "failing": 3, "hosts": 9 }],
    });
    let record = |at: &str, lines: Vec<Value>| {
        json!({ "record": "decision", "function": "f", "at": at, "lines": lines }).to_string()
    };
    let text = [
        record(
            "2026-03-04T05:00:00Z",
            vec![line("i-0a", json!([])), line("other", json!([breaker]))],
        ),
        record("2026-03-04T05:01:00Z", vec![line("web", json!([breaker]))]),
        record("2026-03-04T05:02:00Z", vec![line("web", json!([scale_in]))]),
        record("2026-03-04T05:03:00Z", vec![line("web", json!([breaker]))]),
    ];
    let story = story("i-0a", &text.join("\n"));
    let deeds = story.rows.iter().flat_map(|row| &row.deeds);
    let words: Vec<&str> = deeds.map(|deed| deed.what.as_str()).collect();
    let wanted = [
        "open the breaker of its group (too-many-failing)",
        "terminate it, and make its group smaller",
    ];
    assert_eq!(words, wanted);
    assert!(story.ending().starts_with("Its group let it go at"), "{}", story.ending());
}

#[test]
fn a_large_file_is_read_a_line_at_a_time() {
    // A reader that never holds more than a line's worth, and a hundred thousand lines of others.
    let other = format!(
        "{}\n",
        json!({ "record": "decision", "host": "i-0b", "at": "2026-03-04T05:00:00Z" })
    );
    let many = std::io::Cursor::new(other.repeat(1_000));
    let mut gather = Gather::new(SPOT);
    gather.source("many");
    for _ in 0..100 {
        let mut reader = many.clone();
        reader.set_position(0);
        read::each(reader, |text| gather.text(None, text)).unwrap();
    }
    assert!(gather.is_empty());
    assert_eq!(gather.names().len(), 1);
    assert_eq!(gather.searched(), "many (100000 records)");
}
