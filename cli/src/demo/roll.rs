//! The end of the story: the roll of every host that ever lived, and what it took.

use super::hosts::Life;
use super::stage::Stage;
use super::world;
use crate::out::{self, BOLD};
use comfy_table::{Table, presets};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// Prints the roll and the totals.
pub(crate) fn print(stage: &mut Stage, real: Duration, whole: bool) {
    stage.catch_up();
    name_phases(stage);
    if stage.json {
        return print_json(stage, real, whole);
    }
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED).set_header([
        "host",
        "group",
        "phase",
        "to agent",
        "to service",
        "drain",
        "leaving",
        "how it ended",
    ]);
    for (id, life) in stage.hosts.in_order() {
        table.add_row([
            id.to_owned(),
            life.group.clone(),
            life.phase.clone(),
            told(Life::between(life.launched, life.connected)),
            told(Life::between(life.launched, life.in_service)),
            told(Life::between(life.draining, life.empty)),
            told(Life::between(life.leaving, life.terminated)),
            end(life).to_owned(),
        ]);
    }
    out::line(format_args!("{BOLD}The roll{BOLD:#}\n{table}"));
    print_totals(stage, real);
}

fn name_phases(stage: &mut Stage) {
    let seats: BTreeMap<String, String> =
        stage.ask(world::seats).into_iter().map(|seat| (seat.id, seat.lifecycle)).collect();
    for (id, life) in &mut stage.hosts.lives {
        life.phase = match seats.get(id).map(String::as_str) {
            Some("InService") => "Active".to_owned(),
            Some(other) => other.to_owned(),
            None => "Departed".to_owned(),
        };
    }
}

fn told(span: Option<SignedDuration>) -> String {
    let whole = |span: SignedDuration| SignedDuration::from_secs(span.as_secs());
    span.map_or_else(|| "–".to_owned(), |span| format!("{:#}", whole(span)))
}

fn end(life: &Life) -> &'static str {
    match life {
        Life { terminated: None, .. } => "",
        Life { abandoned: true, .. } => "abandoned: never joined",
        Life { spot: true, .. } => "taken back by Spot",
        Life { lost_agent: true, .. } => "died",
        Life { draining: Some(_), .. } => "drained, then let go",
        _ => "let go",
    }
}

fn print_totals(stage: &Stage, real: Duration) {
    let totals = &stage.totals;
    let list = |counts: &BTreeMap<String, u32>| {
        let all: Vec<String> = counts.iter().map(|(name, n)| format!("{name} {n}")).collect();
        all.join(", ")
    };
    out::line(format_args!("\nwakes          {}", list(&totals.wakes)));
    out::line(format_args!("calls          {}", list(&totals.calls)));
    out::line(format_args!(
        "trouble        {} failed invocations, {} retries, {} dead letters",
        totals.errors, totals.retries, totals.dead_letters
    ));
    let world = stage.passed();
    out::line(format_args!(
        "time           {world:#} in the world, {:.1} s here\n",
        real.as_secs_f64()
    ));
}

fn print_json(stage: &Stage, real: Duration, whole: bool) {
    for (id, life) in stage.hosts.in_order() {
        let seconds = |span: Option<SignedDuration>| span.map(|span| span.as_secs());
        out::line(json!({
            "host": id,
            "group": life.group,
            "phase": life.phase,
            "to_agent_seconds": seconds(Life::between(life.launched, life.connected)),
            "to_service_seconds": seconds(Life::between(life.launched, life.in_service)),
            "drain_seconds": seconds(Life::between(life.draining, life.empty)),
            "leaving_seconds": seconds(Life::between(life.leaving, life.terminated)),
            "end": end(life),
        }));
    }
    let totals = &stage.totals;
    out::line(json!({
        "whole": whole,
        "wakes": totals.wakes,
        "calls": totals.calls,
        "failed_invocations": totals.errors,
        "retries": totals.retries,
        "dead_letters": totals.dead_letters,
        "world_seconds": stage.passed().as_secs(),
        "real_milliseconds": u64::try_from(real.as_millis()).unwrap_or(u64::MAX),
    }));
}
