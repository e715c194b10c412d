//! What a hand sees of a town.

use super::plan::{Placement, Plan};
use crate::world::{ServiceNo, State, make};
use domain::GroupName;
use domain::pack::Amount;
use ports::{InstanceType, Page, Placed};

/// What the pages of AWS's listings hold.
const PAGE: usize = 100;

/// A page of a listing.
pub(crate) fn page<T>(items: Vec<T>, token: Option<&str>) -> Page<T> {
    let from = token.and_then(|token| token.parse().ok()).unwrap_or(0);
    let next = (items.len() > from + PAGE).then(|| (from + PAGE).to_string());
    Page { items: items.into_iter().skip(from).take(PAGE).collect(), next }
}

fn plan(state: &State) -> Option<&Plan> {
    state.town.as_ref().map(|town| &*town.plan)
}

/// What a task of this definition takes.
pub(crate) fn each(state: &State, definition: &str) -> Amount {
    let (name, _) = definition.split_once(':').unwrap_or((definition, ""));
    let found = name.rsplit_once('-').and_then(|(kind, number)| {
        let (plan, number) = (plan(state)?, number.parse::<usize>().ok()?);
        if kind == "batch" {
            plan.batches.get(number).map(|one| one.each)
        } else {
            plan.services.get(number).map(|one| one.each)
        }
    });
    found.unwrap_or(make::TASK)
}

fn batch_of(state: &State, arn: &str) -> Option<usize> {
    state.town.as_ref()?.notes.get(state.task_no(arn)?)?.batch
}

/// The definition of a task.
pub(crate) fn definition(state: &State, arn: &str) -> String {
    let number = state.task_no(arn).and_then(|number| state.tasks.get(number));
    match number.map(|task| task.kind) {
        Some(crate::world::Kind::Service(service)) => format!("service-{service}:1"),
        _ => batch_of(state, arn).map_or("task:1".to_owned(), |batch| format!("batch-{batch}:1")),
    }
}

/// The group of a standalone task.
pub(crate) fn family(state: &State, arn: &str) -> String {
    batch_of(state, arn).map_or("family:batch".to_owned(), |batch| format!("family:batch-{batch}"))
}

/// Standalone tasks that wait are tasks already: those in PROVISIONING.
pub(crate) fn waiting(state: &State) -> Vec<String> {
    let batches = state.town.iter().flat_map(|town| town.batches.iter().enumerate());
    batches
        .flat_map(|(at, it)| (0..it.waiting.len()).map(move |no| format!("w-{at}-{no}")))
        .collect()
}

/// One of those.
pub(crate) fn waits(arn: &str) -> Option<Placed> {
    let batch = arn.strip_prefix("w-")?.split('-').next()?;
    Some(Placed {
        arn: arn.to_owned(),
        group: format!("family:batch-{batch}"),
        definition: format!("batch-{batch}:1"),
        ..Placed::default()
    })
}

/// Whether no two tasks of a service may be on one host.
pub(crate) fn is_apart(state: &State, service: ServiceNo) -> bool {
    let one = plan(state).and_then(|plan| plan.services.get(service));
    one.is_some_and(|one| one.placement == Placement::OnePerHost)
}

/// The instance type of a group: it is called as the group is.
pub(crate) fn type_of(state: &State, group: &GroupName) -> Vec<String> {
    if state.town.is_some() { vec![group.to_string()] } else { Vec::new() }
}

/// What instance types offer.
pub(crate) fn types(state: &State, names: &[String]) -> Vec<InstanceType> {
    let groups = plan(state).map_or(&[][..], |plan| &plan.groups);
    let named = groups.iter().filter(|one| names.contains(&one.name));
    let amount = |host: Amount| Amount { interfaces: u32::MAX, ..host };
    named.map(|one| InstanceType { name: one.name.clone(), amount: amount(one.host) }).collect()
}
