//! What a call told, in parts that can be held against what it tells on a clear line.

use domain::host::{Machine, MachineState, Registration, Seat, Tasks};
use domain::{Fault, GroupView, HostView, InstanceId, Seen};
use ports::{Instance, Page};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// One part of what a call told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// All of it.
    pub text: String,
    /// What must not be lost of it: hosts, tasks, registrations, and what protects them.
    pub things: BTreeSet<String>,
}

/// What a call told.
pub type Reading = BTreeMap<String, Result<Told, Fault>>;

/// What must not be lost of a value.
pub trait Things {
    /// A line each.
    fn things(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A reading of one part.
pub fn whole<T: Debug + Things>(result: Result<T, Fault>) -> Reading {
    BTreeMap::from([(String::new(), told(result))])
}

/// A part.
pub fn told<T: Debug + Things>(result: Result<T, Fault>) -> Result<Told, Fault> {
    result.map(|value| Told {
        text: format!("{value:?}"),
        things: value.things().into_iter().collect(),
    })
}

/// A part that only explains.
pub fn plain<T: Debug>(seen: &Seen<T>) -> Result<Told, Fault> {
    let value = seen.known().map_err(Clone::clone)?;
    Ok(Told { text: format!("{value:?}"), things: BTreeSet::new() })
}

impl Things for () {}

impl Things for String {
    fn things(&self) -> Vec<String> {
        vec![self.clone()]
    }
}

impl Things for InstanceId {
    fn things(&self) -> Vec<String> {
        vec![self.to_string()]
    }
}

impl<T: Things> Things for Vec<T> {
    fn things(&self) -> Vec<String> {
        self.iter().flat_map(Things::things).collect()
    }
}

impl<T: Things> Things for Option<T> {
    fn things(&self) -> Vec<String> {
        self.iter().flat_map(Things::things).collect()
    }
}

impl<T: Things> Things for Page<T> {
    fn things(&self) -> Vec<String> {
        self.items.things()
    }
}

impl Things for Seat {
    fn things(&self) -> Vec<String> {
        let mut all = vec![format!("a seat in {}", self.group)];
        all.extend(self.protected.then(|| "protected".to_owned()));
        all
    }
}

impl Things for (InstanceId, Seat) {
    fn things(&self) -> Vec<String> {
        self.1.things().into_iter().map(|one| format!("{}: {one}", self.0)).collect()
    }
}

impl Things for GroupView {
    fn things(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .seats
            .iter()
            .flat_map(|(id, seat)| (id.clone(), seat.clone()).things())
            .chain(self.suspended.iter().map(|one| format!("suspended {one}")))
            .collect();
        all.push(format!("the group {}: {} {} {}", self.name, self.min, self.max, self.desired));
        all.extend(self.tags.iter().map(|(key, value)| format!("tag {key}={value}")));
        all
    }
}

impl Things for (InstanceId, Instance) {
    fn things(&self) -> Vec<String> {
        let gone = matches!(
            self.1.machine.state,
            MachineState::Terminated | MachineState::ShuttingDown | MachineState::NotFound
        );
        if gone { Vec::new() } else { vec![format!("the machine {}", self.0)] }
    }
}

impl Things for Registration {
    fn things(&self) -> Vec<String> {
        let arn = &self.arn;
        let mut all = vec![format!("{arn} of {}", self.instance)];
        all.extend(self.agent_connected.then(|| format!("{arn} is connected")));
        // Tasks are counted by the lists too; a number that is left out makes no host empty.
        all.extend((self.running > 0).then(|| format!("{arn} has {} tasks", self.running)));
        all.extend(self.marks.draining.map(|mark| format!("{arn} drains {mark:?}")));
        all
    }
}

/// Services only explain: they are left out here.
impl Things for Tasks {
    fn things(&self) -> Vec<String> {
        self.left.iter().map(|task| task.arn.clone()).collect()
    }
}

/// A look at a host, in its parts.
#[must_use]
pub fn of_host(host: &HostView, group: Option<&GroupView>) -> Reading {
    let seen = |seen: &Seen<Option<Seat>>| told(seen.known().cloned().map_err(Clone::clone));
    let bare = match &host.machine {
        Seen::Known(machine) => Seen::Known(Machine { trouble: None, ..machine.clone() }),
        Seen::Unknown(fault) => Seen::Unknown(fault.clone()),
    };
    let mut parts = BTreeMap::from([
        ("seat".to_owned(), seen(&host.seat)),
        ("machine".to_owned(), plain(&bare)),
    ]);
    // Absent where it could not be read.
    if let Some(trouble) = host.trouble() {
        parts.insert("trouble".to_owned(), plain(&Seen::Known(trouble)));
    } else {
        let told = "the troubles could not be read".to_owned();
        parts.insert("trouble".to_owned(), Err(Fault::Partial { call: String::new(), told }));
    }
    // What could not be read makes the host nobody's: then it is not acted on.
    if host.cluster.is_some() {
        parts.insert("group".to_owned(), told(Ok(group.cloned())));
    }
    match &host.registrations {
        Seen::Unknown(fault) => {
            parts.insert("registrations".to_owned(), Err(fault.clone()));
        }
        Seen::Known(_) if host.cluster.is_none() => {}
        Seen::Known(all) => {
            for one in all {
                if let Some(seen) = &one.tasks {
                    let tasks = seen.known().map_err(Clone::clone);
                    let tasks = tasks.map(|tasks| Tasks { services: Vec::new(), ..tasks.clone() });
                    parts.insert(format!("tasks of {}", one.arn), told(tasks));
                }
            }
            let bare = all.iter().map(|one| Registration { tasks: None, ..one.clone() });
            parts.insert("registrations".to_owned(), told(Ok(bare.collect::<Vec<_>>())));
        }
    }
    parts
}
