//! How many hosts does the work need, and which can leave?

pub mod event;

use domain::capacity::{Before, Case, Line, Outlook, judge_cluster};
use domain::host::Lifecycle;
use domain::plan::{Action, Hold, Thing, Verdict};
use domain::{ClusterName, Fault, GroupName, GroupView, InstanceId, Policy, Seen};
use event::Trigger;
use jiff::Timestamp;
use lambda::record::Decision;
use lambda::{Event, Function, Record, Refusal};
use ports::look::{Fleet, Turn};
use ports::{Act, Gauge, Reads, look, perform_all};
use std::collections::BTreeSet;

/// The function.
#[derive(Clone, Debug)]
pub struct Adjuster<'a, W> {
    /// What it looks at and acts on.
    pub world: &'a W,
    /// What the operator told it.
    pub settings: Policy,
}

impl<W: Reads + Gauge + Act> Function for Adjuster<'_, W> {
    type Trigger = Trigger;

    fn name(&self) -> &'static str {
        "capacity-adjuster"
    }

    fn read(&self, event: &Event) -> Result<Trigger, Refusal> {
        event::read(event)
    }

    async fn pass(&self, trigger: Trigger, event: &Event, record: &mut Record) {
        let groups = match look::groups(self.world, &[]).await {
            Ok(groups) => groups,
            Err(fault) => return unreadable(&fault, record),
        };
        let mut clusters = look::by_cluster(groups);
        if let Trigger::Cluster(asked) = &trigger {
            clusters.retain(|cluster, _| cluster == asked);
        }
        let mut fleet = Fleet::of(self.world, clusters);
        while let Some(turn) = fleet.next(self.world).await {
            self.turn(turn, event, record).await;
        }
        record.at = Some(self.world.now());
        if let Trigger::Cluster(cluster) = trigger {
            record.cluster = Some(cluster);
        }
        if record.because.is_empty() {
            record.because = summary(record);
        }
    }
}

impl<W: Reads + Gauge + Act> Adjuster<'_, W> {
    async fn turn(&self, turn: Turn, event: &Event, record: &mut Record) {
        match turn.groups {
            Ok((groups, since)) => {
                let groups: Vec<&GroupView> = groups.values().collect();
                self.cluster(&turn.cluster, &groups, since, event, record).await;
            }
            Err(fault) => unreadable(&fault, record),
        }
    }

    async fn cluster(
        &self,
        cluster: &ClusterName,
        groups: &[&GroupView],
        since: Timestamp,
        event: &Event,
        record: &mut Record,
    ) {
        let mut cases: Vec<Case<'_>> = groups.iter().map(|group| self.case(group)).collect();
        // Of groups that are all another's, nothing is read.
        let ours = cases.iter().any(|case| case.anothers.is_none());
        let largest = cases.iter().any(|case| case.policy.headroom_task);
        let outlook = if ours {
            Seen::from(look::capacity(self.world, cluster, largest).await)
        } else {
            Seen::Known(Outlook::default())
        };
        let mut lines = self.judged(&mut cases, &outlook).await;
        for (line, group) in lines.iter().filter(|line| line.host.is_none()).zip(groups) {
            if let Some(needed) = needed(group, &line.verdict) {
                record.counts.capacity(cluster, &group.name, group.desired, needed);
            }
        }
        if event.is_stale(self.world.now()) {
            // Keeps S23.
            for line in lines.iter().filter(|line| !line.verdict.steps.is_empty()) {
                record.decision = Decision::ReadsOnly;
                record.line(&name(line), &line.verdict, Vec::new());
            }
            return;
        }
        let steps = lines.iter_mut().enumerate();
        let steps = steps.map(|(at, line)| (at, std::mem::take(&mut line.verdict.steps))).collect();
        let fresh = || !look::is_old(since, self.world.now());
        let still = async |_, action: &Action| match (outlook.known(), action) {
            (Ok(outlook), Action::ScaleIn { instance, .. } | Action::Protect { instance, .. }) => {
                self.is_as_judged(cluster, outlook, instance).await
            }
            // Somebody else may have set it meanwhile.
            (_, Action::SetDesired { group, from, .. }) => {
                let now = self.world.group(group).await;
                matches!(&now, Ok(Some(now)) if now.desired == *from)
            }
            // What else came too late is for the next tick.
            _ => false,
        };
        let done = perform_all(steps, self.world, fresh, still).await;
        for (at, done) in done {
            if let Some(line) = lines.get(at) {
                record.line(&name(line), &line.verdict, done);
            }
        }
    }

    fn case<'a>(&self, group: &'a GroupView) -> Case<'a> {
        let policy = self.settings.overridden_by(&group.tags).0;
        let another = policy.stack != self.settings.stack;
        let anothers = policy.stack.clone().filter(|_| another);
        Case { group, policy, anothers, example: None, before: Before::default() }
    }

    /// What is judged, in two steps: what is asked of AWS only before a change, is asked when one is due.
    async fn judged(&self, cases: &mut [Case<'_>], outlook: &Seen<Outlook>) -> Vec<Line> {
        let Ok(seen) = outlook.known() else {
            return judge_cluster(cases, outlook, self.world.now());
        };
        let mut faults: BTreeSet<GroupName> = BTreeSet::new();
        for case in &mut *cases {
            if wants_example(case, seen) {
                // Without one, one host is asked for, and then it can be seen.
                case.example = look::example(self.world, &case.group.name).await.ok().flatten();
            }
            if to_launch(case.group) > 0 && self.look_before(case, false).await.is_err() {
                faults.insert(case.group.name.clone());
            }
        }
        let first = judge_cluster(cases, outlook, self.world.now());
        for case in &mut *cases {
            let of = |line: &&Line| line.host.is_none() && line.group == case.group.name;
            let steps = first.iter().find(of).map(|line| line.verdict.steps.as_slice());
            let steps = steps.unwrap_or_default();
            let leaves = steps.iter().any(|step| matches!(step.action, Action::ScaleIn { .. }));
            let grows = steps.iter().any(|step| matches!(step.action, Action::SetDesired { .. }));
            if (leaves || grows) && self.look_before(case, leaves).await.is_err() {
                faults.insert(case.group.name.clone());
            }
        }
        let mut lines = judge_cluster(cases, outlook, self.world.now());
        // Keeps S17: what could not be looked at before is not changed.
        for line in lines.iter_mut().filter(|it| it.host.is_none() && faults.contains(&it.group)) {
            let fault = "what its launches came to could not be read".to_owned();
            let hold = Some(Hold::Unreadable { what: Thing::Demand, fault });
            line.verdict = Verdict { hold, ..Verdict::default() };
        }
        lines
    }

    async fn look_before(&self, case: &mut Case<'_>, leaves: bool) -> Result<(), Fault> {
        case.before = look::before(self.world, case.group, leaves).await?;
        Ok(())
    }

    /// The second look before a host leaves, or loses its protection: it stands where it stood, with as many tasks.
    async fn is_as_judged(
        &self,
        cluster: &ClusterName,
        outlook: &Outlook,
        instance: &InstanceId,
    ) -> bool {
        let judged = outlook.hosts.iter().map(|host| &host.registration);
        let Some(judged) = judged.into_iter().find(|one| one.instance == *instance) else {
            return false;
        };
        let seat = self.world.seat(instance).await;
        let in_service = matches!(&seat, Ok(Some(seat)) if seat.lifecycle == Lifecycle::InService);
        let now = look::registrations(self.world, cluster, Some(instance)).await;
        let Ok([now]) = now.as_deref() else {
            return false;
        };
        let same = |one: &domain::host::Registration| {
            (one.arn.clone(), one.status.clone(), one.agent_connected, one.running, one.pending)
        };
        in_service && same(now) == same(judged)
    }
}

/// Groups that cannot be read are not sized.
fn unreadable(fault: &Fault, record: &mut Record) {
    record.hold = Some(Hold::Unreadable { what: Thing::Seat, fault: fault.to_string() });
    record.because = fault.to_string();
}

/// Whether nothing registered tells what a host of the group offers, and it matters.
fn wants_example(case: &Case<'_>, outlook: &Outlook) -> bool {
    let seats = &case.group.seats;
    let registered = outlook.hosts.iter().any(|it| seats.contains_key(&it.registration.instance));
    let matters = !outlook.missing.is_empty() || case.policy.headroom(1) > 0;
    case.anothers.is_none() && !registered && matters
}

/// How many hosts were asked for and are not there.
fn to_launch(group: &GroupView) -> usize {
    let stay = group.seats.values().filter(|seat| !seat.lifecycle.is_leaving()).count();
    usize::try_from(group.desired).unwrap_or(usize::MAX).saturating_sub(stay)
}

/// How many hosts the work needs, where that is judged.
fn needed(group: &GroupView, verdict: &Verdict) -> Option<u32> {
    let mut needed = group.desired;
    for step in &verdict.steps {
        match &step.action {
            Action::SetDesired { to, .. } => needed = *to,
            Action::ScaleIn { .. } => needed = needed.saturating_sub(1),
            _ => {}
        }
    }
    match &verdict.hold {
        Some(Hold::HandsOff { .. } | Hold::Unreadable { .. }) => None,
        // Of which Max lets it have fewer.
        Some(Hold::AtMax { needed, .. }) => Some(*needed),
        Some(Hold::Sparing { hosts, .. }) => Some(needed.saturating_sub(*hosts)),
        _ => Some(needed),
    }
}

fn name(line: &Line) -> String {
    line.host.as_ref().map_or_else(|| line.group.to_string(), ToString::to_string)
}

fn summary(record: &Record) -> String {
    let first = record.lines.iter().find(|line| !line.actions.is_empty()).or(record.lines.first());
    match first {
        None => "no group with the tag muster:cluster".to_owned(),
        Some(line) => match (line.actions.first(), &line.hold) {
            (Some(done), _) => format!("{}: {}", done.step.action, done.step.because),
            (None, Some(hold)) => format!("{}: {hold}", line.name),
            (None, None) => line.name.clone(),
        },
    }
}
