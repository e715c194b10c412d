//! The file that describes a cluster.
//!
//! It is read by hand from a tree with lines: a complaint can then name the field, where it stands, its bounds and the
//! nearest name, which no reader into types does.

mod node;
mod parts;

pub(crate) use node::Wrong;

use domain::Policy;
use node::{Node, unknown_name, wrong};
use saphyr::{LoadableYamlNode, MarkedYaml};
use simulation::town::{GroupPlan, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// A file may be so large.
const MOST_BYTES: usize = 262_144;
/// So many tasks may be wanted at once.
const MOST_TASKS: u64 = 20_000;
/// So many hosts may be there at once.
const MOST_HOSTS: u32 = 1_000;

/// What a file says.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    /// The cluster.
    pub(crate) plan: Plan,
    /// How many days.
    pub(crate) days: Option<u32>,
    /// What a host-hour of each group costs: On-Demand, and Spot.
    pub(crate) prices: Vec<Option<(f64, f64)>>,
}

/// Reads a file.
pub(crate) fn read(text: &str) -> Result<File, Wrong> {
    if text.len() > MOST_BYTES {
        return Err(wrong(1, format!("the file has more than {MOST_BYTES} bytes")));
    }
    let documents = MarkedYaml::load_from_str(text)
        .map_err(|fault| wrong(fault.marker().line(), fault.info()))?;
    let [document] = documents.as_slice() else {
        return Err(wrong(1, "the file must be one YAML document"));
    };
    let root = Node::root(document);
    let mut fields = root.fields()?;
    let days = fields.get("days").map(|node| node.number(1, 28)).transpose()?;
    let settings = settings(fields.get("settings"))?;
    let mut file = File { days, ..File::default() };
    for node in fields.need("groups")?.items(20)? {
        let (mut group, price) = parts::group(&node)?;
        for (tag, value) in &settings {
            group.tags.entry(tag.clone()).or_insert_with(|| value.clone());
        }
        file.plan.groups.push(group);
        file.prices.push(price);
    }
    if let Some(services) = fields.get("services") {
        file.plan.services = each(&services.items(100)?, parts::service)?;
    }
    if let Some(batches) = fields.get("batches") {
        file.plan.batches = each(&batches.items(100)?, parts::batch)?;
    }
    if let Some(failures) = fields.get("failures") {
        file.plan.failures = parts::failures(&failures)?;
    }
    fields.end()?;
    whole(&root, &file.plan)?;
    Ok(file)
}

fn each<T>(nodes: &[Node<'_>], read: fn(&Node<'_>) -> Result<T, Wrong>) -> Result<Vec<T>, Wrong> {
    nodes.iter().map(read).collect()
}

/// What holds of the file as a whole.
fn whole(root: &Node<'_>, plan: &Plan) -> Result<(), Wrong> {
    let hosts: u32 = plan.groups.iter().map(|group| group.max).sum();
    if plan.groups.is_empty() || hosts > MOST_HOSTS {
        return Err(root.wrong(format!("must have one to {MOST_HOSTS} hosts in all of its groups")));
    }
    if plan.services.is_empty() && plan.batches.is_empty() {
        return Err(root.wrong("has neither services nor batches"));
    }
    if parts::most_tasks(plan) > MOST_TASKS {
        return Err(root.wrong(format!("wants more than {MOST_TASKS} tasks at once")));
    }
    let mut names = BTreeSet::new();
    let groups = plan.groups.iter().map(|one| ("group", &one.name));
    let services = plan.services.iter().map(|one| ("service", &one.name));
    let batches = plan.batches.iter().map(|one| ("batch", &one.name));
    for (kind, name) in groups.chain(services).chain(batches) {
        if !names.insert((kind, name)) {
            return Err(root.wrong(format!("names two {kind}s {name}")));
        }
    }
    Ok(())
}

/// Settings by the names of their tags, with or without `muster:`, as tags.
fn settings(node: Option<Node<'_>>) -> Result<BTreeMap<String, String>, Wrong> {
    let mut tags = BTreeMap::new();
    for (name, line, node) in
        node.map(|node| node.fields()).transpose()?.into_iter().flat_map(node::Fields::all)
    {
        let tag = tag_of(&name).ok_or_else(|| {
            let known = Policy::known();
            let names: Vec<&str> = known.iter().map(|one| bare(one.tag)).collect();
            unknown_name(line, &format!("settings.{name}"), bare(&name), names.into_iter())
        })?;
        let value = node.text()?;
        check(tag, &value).map_err(|told| node.wrong(told))?;
        tags.insert(tag.to_owned(), value);
    }
    Ok(tags)
}

fn bare(tag: &str) -> &str {
    tag.strip_prefix("muster:").unwrap_or(tag)
}

fn tag_of(name: &str) -> Option<&'static str> {
    Policy::known().iter().map(|one| one.tag).find(|tag| bare(tag) == bare(name))
}

/// Whether a setting takes a value; why not, if not.
fn check(tag: &str, value: &str) -> Result<(), String> {
    let tags = BTreeMap::from([(tag.to_owned(), value.to_owned())]);
    let (_, complaints) = Policy::default().overridden_by(&tags);
    complaints
        .first()
        .map_or(Ok(()), |one| Err(format!("must be {}, not {}", one.expected, one.shape)))
}

/// Puts settings `name=value` of the command line over those of the file.
pub(crate) fn set(groups: &mut [GroupPlan], settings: &[String]) -> Result<(), String> {
    for setting in settings {
        let (name, value) =
            setting.split_once('=').ok_or_else(|| format!("{setting:?} is not name=value"))?;
        let known = Policy::known();
        let names = known.iter().map(|one| bare(one.tag));
        let tag = tag_of(name).ok_or_else(|| {
            let near = names.map(|one| (strsim::damerau_levenshtein(one, bare(name)), one)).min();
            let near = near.map_or("", |(_, one)| one);
            format!("{name} is not a setting; is {near} meant?")
        })?;
        check(tag, value).map_err(|told| format!("{name} {told}"))?;
        for group in &mut *groups {
            group.tags.insert(tag.to_owned(), value.to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
