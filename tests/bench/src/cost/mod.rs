//! What Muster costs: how often it is woken, what it calls, writes and computes, and what AWS asks for that.
//!
//! The binaries that ship run on the local AWS. Calls, wakes and bytes are counted and the same everywhere; the CPU time is
//! the kernel's account of this machine. The time that is billed is put together from them.

mod measure;
mod polling;
mod prices;
pub(crate) mod processes;

use comfy_table::{Table, presets::ASCII_MARKDOWN};
use measure::{HOSTS, Measured, Share, Shares, TASKS};
use polling::Life;
use prices::{DAYS, MINUTES, Month};

/// How long a call of AWS's API takes from a function, in milliseconds; they are counted as if one came after the other.
const CALL: f64 = 15.0;
/// The part of a core that Lambda gives at 128 MB, but for a process's start, which has a whole one.
const CORE: f64 = 0.072;
/// The CPU time of a TLS handshake, in milliseconds, one for each service that a wake calls: the local AWS speaks HTTP.
const HANDSHAKE: f64 = 1.0;
/// Bytes of Lambda's own two lines of each invocation, `platform.start` and `platform.report`.
const PLATFORM: f64 = 600.0;
/// The metrics of a cluster, of a group, and of a function: docs/watching.md.
const METRICS: (f64, f64, f64) = (20.0, 2.0, 4.0);
/// The functions that a running cluster wakes.
const FUNCTIONS: f64 = 5.0;
/// Alarms on one metric, and on one of each cluster.
const ALARMS: (f64, f64) = (3.0, 3.0);
/// From a host's launch until its agent is connected, for those who poll for it, in seconds.
const JOINS: u64 = 60;

/// Of one wake or tick.
fn billed(share: &Share, start: f64) -> f64 {
    let wakes = (share.wakes + share.ticks).max(1.0);
    let computed = share.cpu / wakes + share.services * HANDSHAKE;
    start + share.calls / wakes * CALL + computed / CORE
}

/// The tables.
///
/// # Errors
/// There is no runtime to be had.
pub(crate) fn table() -> Result<String, std::io::Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let measured = runtime.block_on(measure::all());
    Ok([
        "## One host's life: what events wake".to_owned(),
        life(&measured),
        format!(
            "ECS says {:.0} times in it that the container instance changed; the drain takes {} s; one cluster with one \
             group told {} metrics.",
            measured.said, measured.drain, measured.metrics
        ),
        "## A minute of the clock".to_owned(),
        clock(&measured),
        "## Beside others".to_owned(),
        others(&measured),
        "## A month of 1,000 hosts".to_owned(),
        month(&measured),
    ]
    .join("\n\n"))
}

fn blank(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN);
    table.set_header(header);
    table
}

/// What events woke.
fn woken(shares: &Shares) -> impl Iterator<Item = (&String, &Share)> {
    shares.iter().filter(|(_, share)| share.wakes > 0.0)
}

/// What the clock woke.
fn ticked(shares: &Shares) -> impl Iterator<Item = (&String, &Share)> {
    shares.iter().filter(|(_, share)| share.ticks > 0.0)
}

fn life(measured: &Measured) -> String {
    let mut table = blank(&[
        "function",
        "wakes",
        "calls",
        "bytes of logs",
        "CPU a wake",
        "start",
        "billed a wake, cold",
    ]);
    for (function, share) in woken(&measured.life) {
        let start = measured.start.get(function).copied().unwrap_or_default();
        table.add_row([
            function.clone(),
            format!("{:.1}", share.wakes),
            format!("{:.1}", share.calls),
            format!("{:.0}", share.bytes),
            format!("{:.2} ms", share.cpu / share.wakes),
            format!("{start:.1} ms"),
            format!("{:.0} ms", billed(share, start)),
        ]);
    }
    let extra = extra(measured);
    table.add_row([
        "the clock's part in it".to_owned(),
        "0".to_owned(),
        format!("{:.1}", extra.calls),
        format!("{:.0}", extra.bytes),
        String::new(),
        String::new(),
        String::new(),
    ]);
    table.to_string()
}

/// What the clock's functions do in a life beyond what they do at any tick with a host.
fn extra(measured: &Measured) -> Share {
    let mut extra = Share::default();
    for (function, share) in ticked(&measured.life) {
        let Some(idle) = measured.one.get(function) else { continue };
        extra.calls += (share.calls - idle.calls * share.ticks).max(0.0);
        extra.bytes += (share.bytes - idle.bytes * share.ticks).max(0.0);
        extra.cpu += (share.cpu - idle.cpu * share.ticks).max(0.0);
        extra.told += share.told;
    }
    extra
}

fn clock(measured: &Measured) -> String {
    let mut table =
        blank(&["function", "hosts", "wakes", "calls", "bytes of logs", "CPU", "billed"]);
    let worlds = [
        (0, measured.empty.clone()),
        (1, measured.one.clone()),
        (HOSTS, measured.full.clone()),
        (10 * HOSTS, larger(measured)),
    ];
    for (hosts, shares) in &worlds {
        for (function, share) in ticked(shares) {
            table.add_row([
                function.clone(),
                hosts.to_string(),
                format!("{:.0}", share.ticks),
                format!("{:.1}", share.calls),
                format!("{:.0}", share.bytes),
                format!("{:.1} ms", share.cpu),
                format!("{:.0} ms", billed(share, 0.0)),
            ]);
        }
    }
    table.to_string()
}

/// A tick with ten times as many hosts: what grows with them, grows in proportion.
fn larger(measured: &Measured) -> Shares {
    let mut all = measured.full.clone();
    for (function, share) in &mut all {
        let Some(idle) = measured.empty.get(function) else { continue };
        let ten = |full: f64, idle: f64| idle + 10.0 * (full - idle).max(0.0);
        share.calls = ten(share.calls, idle.calls);
        share.bytes = ten(share.bytes, idle.bytes);
        share.cpu = ten(share.cpu, idle.cpu);
    }
    all
}

fn others(measured: &Measured) -> String {
    let mut table = blank(&[
        "who",
        "hosts in the cluster",
        "invocations a host",
        "calls a host",
        "billed a host",
    ]);
    let (mut wakes, mut calls, mut time) = (0.0, 0.0, 0.0);
    for (function, share) in woken(&measured.life) {
        let start = measured.start.get(function).copied().unwrap_or_default();
        wakes += share.wakes;
        calls += share.calls;
        time += billed(share, start) * share.wakes / 1_000.0;
    }
    let ours =
        ["any".to_owned(), format!("{wakes:.1}"), format!("{calls:.1}"), format!("{time:.1} s")];
    table.add_row(std::iter::once("Muster, woken by events".to_owned()).chain(ours));
    let drain = u64::try_from(measured.drain).unwrap_or_default();
    for hosts in [10, 100, 1_000] {
        for one in polling::all(Life { joins: JOINS, drain, hosts }) {
            table.add_row([
                one.name.to_owned(),
                hosts.to_string(),
                one.invocations.to_string(),
                one.calls.to_string(),
                format!("{} s", one.sleeps),
            ]);
        }
    }
    table.to_string()
}

fn month(measured: &Measured) -> String {
    let mut table = blank(&[
        "hosts live",
        "clusters",
        "wakes",
        "of the clock",
        "billed",
        "logs",
        "Lambda",
        "events",
        "logs ",
        "metrics",
        "alarms, dashboard",
        "in all",
    ]);
    for (days, said) in [(1.0, "a day"), (7.0, "a week")] {
        for clusters in [1.0, 10.0] {
            let month = of_month(measured, 1_000.0 * DAYS / days, clusters);
            let bill = month.bill();
            let money = |dollars: f64| format!("${dollars:.2}");
            table.add_row([
                said.to_owned(),
                format!("{clusters:.0}"),
                format!("{:.0}", month.wakes),
                format!("{:.0}", month.ticks),
                format!("{:.0} s", month.milliseconds / 1_000.0),
                format!("{:.2} GB", month.bytes / 1e9),
                money(bill.lambda),
                money(bill.events),
                money(bill.logs),
                money(bill.metrics),
                money(bill.alarms),
                money(bill.sum()),
            ]);
        }
    }
    format!("{table}\n\n1,000 hosts with {TASKS} tasks each at any time.")
}

fn of_month(measured: &Measured, lives: f64, clusters: f64) -> Month {
    let mut month = Month::default();
    for (function, share) in woken(&measured.life) {
        let start = measured.start.get(function).copied().unwrap_or_default();
        month.wakes += share.wakes * lives;
        month.milliseconds += share.wakes * lives * billed(share, start);
        month.bytes += (share.bytes + share.wakes * PLATFORM) * lives;
        month.told += share.told * lives;
    }
    let extra = extra(measured);
    month.milliseconds += lives * (extra.calls * CALL + extra.cpu / CORE);
    month.bytes += lives * extra.bytes;
    month.told += lives * extra.told;
    for (_, share) in ticked(&larger(measured)) {
        month.wakes += MINUTES;
        month.ticks += MINUTES;
        month.milliseconds += MINUTES * billed(share, 0.0);
        month.bytes += MINUTES * (share.bytes + PLATFORM);
    }
    month.metrics = clusters * (METRICS.0 + METRICS.1) + FUNCTIONS * METRICS.2;
    month.alarmed = ALARMS.0 + clusters * ALARMS.1;
    month
}
