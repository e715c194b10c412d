//! The tables: what was injected and what became of it, every field, every code, every life.

use crate::catalogue::{CODES, Row, word};
use crate::excuse;
use crate::fields::{EDITS, Edited};
use crate::life::Lived;
use crate::tally::Tally;
use crate::tree::Edit;
use comfy_table::{Table, presets::ASCII_MARKDOWN};
use std::collections::BTreeMap;
use std::fmt::Display;

fn table(heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(heads.to_vec());
    for row in rows {
        table.add_row(row);
    }
    format!("{table}\n")
}

/// A number with its thousands apart.
#[must_use]
pub fn number(value: impl Display) -> String {
    let digits = value.to_string();
    let mut told = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

/// The calls by the class of fault that they met.
#[must_use]
pub fn classes(tally: &Tally) -> String {
    let rows = tally.classes.iter().map(|(class, of)| {
        let told: Vec<String> =
            of.told.iter().map(|((label, standing), _)| format!("{label} ({standing})")).collect();
        vec![
            class.words().to_owned(),
            number(of.injected),
            number(of.calls),
            number(of.well),
            if told.is_empty() { "-".to_owned() } else { told.join(", ") },
            number(of.wrong),
            format!("{:.1} s", of.longest.as_secs_f64()),
        ]
    });
    let heads = [
        "fault",
        "injected",
        "calls",
        "told right all the same",
        "else told as",
        "wrong",
        "longest",
    ];
    table(&heads, rows)
}

/// Every field.
#[must_use]
pub fn fields(all: &BTreeMap<Edit, Edited>) -> String {
    let rows = EDITS.iter().filter_map(|(edit, words)| {
        let of = all.get(edit)?;
        let other = of.calls.saturating_sub(of.same).saturating_sub(of.faults);
        Some(vec![
            (*words).to_owned(),
            number(of.places.len()),
            number(of.calls),
            number(of.same),
            number(of.faults),
            number(other),
            number(of.wrong),
        ])
    });
    let heads = [
        "each field",
        "fields",
        "calls",
        "told the same",
        "told a fault",
        "told less detail",
        "wrong",
    ];
    let excused = excuse::EXCUSED.iter().map(|(operations, fields, why)| {
        vec![operations.join(", "), fields.join(", "), (*why).to_owned()]
    });
    let heads_of_excused = ["operation", "field that is missed by nobody", "why that is borne"];
    format!("{}\n{}", table(&heads, rows), table(&heads_of_excused, excused))
}

/// Every code.
#[must_use]
pub fn catalogue(rows: &BTreeMap<usize, Row>) -> String {
    let rows = CODES.iter().enumerate().filter_map(|(at, code)| {
        let row = rows.get(&at)?;
        let mut services: Vec<&str> = code.services.iter().map(|it| it.prefix()).collect();
        if services.is_empty() {
            services.push("all");
        }
        let text = if code.message == "because" { "" } else { "…, by its text" };
        let named = if code.code.is_empty() { "no code" } else { code.code };
        Some(vec![
            format!("{named}{text}"),
            code.status.to_string(),
            services.join(" "),
            row.operations.len().to_string(),
            row.calls.to_string(),
            code.label.to_owned(),
            word(code.standing).to_owned(),
        ])
    });
    table(&["code", "HTTP", "services", "operations", "calls", "told as", "standing"], rows)
}

/// Every life.
#[must_use]
pub fn lives(all: &[Lived]) -> String {
    let sum = |of: fn(&Lived) -> u64| number(all.iter().map(of).sum::<u64>());
    let wrong: usize = all.iter().map(|one| one.wrong.len()).sum();
    let row = vec![
        number(all.len()),
        sum(|one| one.invocations),
        sum(|one| one.attempts),
        sum(|one| one.met),
        sum(|one| one.left),
        number(wrong),
    ];
    let heads =
        ["lives", "invocations", "attempts", "met a fault", "hosts that left", "promises broken"];
    table(&heads, [row])
}
