//! Every write that Muster makes.

use crate::ports::{Clients, arn, cluster, group, id, wanted};
use crate::reading::{Reading, whole};
use crate::stage::{BOUNDARY, Stage};
use domain::breaker::Open;
use domain::capacity::Spare;
use domain::marks::{Leaving, Protected, Watched};
use domain::plan::HookOf;
use domain::roles::{Change, RoleAction};
use domain::taking::{Taking, Way};
use domain::told::{Slice, SweepTold};
use domain::{Action, Told};
use jiff::Timestamp;
use ports::{Act as _, ActRoles as _, Emit as _, Enrol as _};
use serde_json::json;
use std::time::Duration;

/// A write.
#[derive(Clone, Debug)]
pub enum Write {
    /// An action.
    Action(Action),
    /// Actions in one call.
    Together(Vec<Action>),
    /// A change to IAM.
    Role(Box<RoleAction>),
    /// What is told to others.
    Emit(Vec<Told>),
    /// An enrolment's.
    Hook(HookOf),
    /// An enrolment's.
    Unhook(HookOf),
    /// An enrolment's.
    Tag,
    /// An enrolment's.
    Untag,
}

impl Write {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        let of = |text: String| text.split([' ', '{', '(']).next().unwrap_or_default().to_owned();
        match self {
            Self::Action(action) => of(format!("{action:?}")),
            Self::Together(actions) => {
                format!("{} together", of(format!("{:?}", actions.first()).replace("Some(", "")))
            }
            Self::Role(action) => of(format!("{:?}", action.change)),
            other => of(format!("{other:?}")),
        }
    }

    /// Makes the call.
    pub async fn make(&self, clients: &Clients) -> Reading {
        let aws = &clients.aws;
        match self {
            Self::Action(action) => whole(aws.perform(action).await),
            Self::Together(actions) => {
                let all = aws.perform_together(actions).await;
                all.into_iter()
                    .enumerate()
                    .map(|(at, one)| (at.to_string(), crate::reading::told(one)))
                    .collect()
            }
            Self::Role(action) => whole(aws.change(action).await),
            Self::Emit(told) => whole(aws.emit(told).await),
            Self::Hook(hook) => whole(aws.put_hook(&group(), *hook, Duration::from_mins(10)).await),
            Self::Unhook(hook) => whole(aws.delete_hook(&group(), *hook).await),
            Self::Tag => whole(aws.set_tag(&group(), "muster:paused", "true").await),
            Self::Untag => whole(aws.delete_tag(&group(), "team").await),
        }
    }
}

/// All of them, on this stage.
#[must_use]
pub fn writes(on: &Stage) -> Vec<Write> {
    let mut all: Vec<Write> = actions(on).into_iter().map(Write::Action).collect();
    let drain =
        |host: &str| Action::Drain { cluster: cluster(), registration: arn(on.registration(host)) };
    let mark = |host: &str| draining(on, host);
    let protect =
        |host: &str| Action::Protect { group: group(), instance: id(host), protected: true };
    all.push(Write::Together(vec![drain(&on.working), drain(&on.other)]));
    all.push(Write::Together(vec![mark(&on.working), mark(&on.other)]));
    all.push(Write::Together(vec![protect(&on.other), protect(&on.lost)]));
    all.extend(roles().into_iter().map(|one| Write::Role(Box::new(one))));
    let sweep = |index| {
        Told::SweepWanted(SweepTold {
            cluster: cluster(),
            slice: Slice { index, of: 2 },
            tags: Vec::new(),
        })
    };
    all.push(Write::Emit(vec![sweep(0), sweep(1)]));
    all.extend([
        Write::Hook(HookOf::Launch),
        Write::Unhook(HookOf::Terminate),
        Write::Tag,
        Write::Untag,
    ]);
    all
}

fn at() -> Timestamp {
    "2026-03-04T05:05:00Z".parse().expect("a time")
}

fn draining(on: &Stage, host: &str) -> Action {
    Action::MarkDraining {
        cluster: cluster(),
        registration: arn(on.registration(host)),
        since: at(),
        why: Leaving::Terminate,
        empty: None,
    }
}

fn actions(on: &Stage) -> Vec<Action> {
    let (cluster, group) = (cluster(), group());
    let registration = |host: &str| arn(on.registration(host));
    let watched = Watched { since: at(), seen: at() };
    let (working, leaving, lost) =
        (registration(&on.working), registration(&on.leaving), registration(&on.lost));
    let instance = |text: &str| id(text);
    let taking = Taking { at: at(), instance: instance(&on.other), way: Way::Service };
    let of = |g: &domain::GroupName| g.clone();
    vec![
        Action::LetIn { group: of(&group), instance: instance(&on.joining) },
        Action::Abandon { group: of(&group), instance: instance(&on.joining) },
        Action::LetGo { group: of(&group), instance: instance(&on.leaving) },
        Action::Heartbeat {
            group: of(&group),
            instance: instance(&on.leaving),
            hook: HookOf::Terminate,
        },
        draining(on, &on.working),
        Action::MarkAgentLost {
            cluster: cluster.clone(),
            registration: working.clone(),
            lost: watched,
        },
        Action::MarkNotFound {
            cluster: cluster.clone(),
            registration: working.clone(),
            missing: watched,
        },
        Action::MarkProtected {
            cluster: cluster.clone(),
            registration: lost.clone(),
            since: at(),
            why: Protected::Tasks,
        },
        Action::ForgetDraining { cluster: cluster.clone(), registration: leaving.clone() },
        Action::ForgetAgentLost { cluster: cluster.clone(), registration: lost.clone() },
        Action::ForgetNotFound { cluster: cluster.clone(), registration: lost.clone() },
        Action::ForgetProtected { cluster: cluster.clone(), registration: working.clone() },
        Action::Drain { cluster: cluster.clone(), registration: working.clone() },
        Action::Activate { cluster: cluster.clone(), registration: leaving.clone() },
        Action::StopTask { cluster: cluster.clone(), task: on.alone.clone() },
        Action::Deregister { cluster: cluster.clone(), registration: lost, force: true },
        Action::MarkUnhealthy { group: of(&group), instance: instance(&on.lost) },
        Action::Replace { group: of(&group), instance: instance(&on.other) },
        Action::ScaleIn { group: of(&group), instance: instance(&on.other) },
        Action::MarkSpare {
            group: of(&group),
            spare: Spare { since: Some((at(), 2)), moved: None },
        },
        Action::MarkSpare { group: of(&group), spare: Spare::default() },
        Action::Choose { group: of(&group), instance: instance(&on.other), takings: vec![taking] },
        Action::MarkBreaker {
            group: of(&group),
            open: Some((at(), Open::LaunchLoop { abandoned: 3 })),
        },
        Action::MarkBreaker { group: of(&group), open: None },
        Action::Protect { group: of(&group), instance: instance(&on.other), protected: true },
        Action::Protect { group: of(&group), instance: instance(&on.working), protected: false },
        Action::Empty { group: of(&group) },
        Action::SetDesired { group, from: 5, to: 7 },
        Action::DetachProviders {
            cluster,
            gone: vec!["ours".into()],
            keep: Vec::new(),
            strategy: Vec::new(),
        },
    ]
}

fn roles() -> Vec<RoleAction> {
    let poll = json!({ "Effect": "Allow", "Action": "ecs:Poll", "Resource": "*" });
    let document = json!({ "Version": "2012-10-17", "Statement": [poll] });
    let (_, wanted) = wanted();
    let mut new = wanted.roles.into_iter().next().expect("one");
    "ecs-TaskRole-0a1b2c3d".clone_into(&mut new.name);
    let trusted = json!({ "Service": "ecs-tasks.amazonaws.com" });
    new.trust = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole" }],
    });
    let trust = new.trust.clone();
    let tags: std::collections::BTreeMap<String, String> =
        [("team".to_owned(), "a".to_owned())].into();
    let full = "ecs-EC2Role-0a1b2c3d";
    let bare = "ecs-BareRole-0a1b2c3d";
    let of = |name: &str, change| RoleAction { name: name.to_owned(), change };
    vec![
        of("ecs-TaskRole-0a1b2c3d", Change::CreateRole { wanted: Box::new(new) }),
        of(
            "",
            Change::CreateServiceLinked { service: "ecs.application-autoscaling.amazonaws.com" },
        ),
        of(full, Change::SetBoundary { boundary: BOUNDARY.to_owned() }),
        of(full, Change::DeleteBoundary),
        of(full, Change::Describe { description: "of all hosts".to_owned() }),
        of(full, Change::Tag { tags: tags.clone() }),
        of(full, Change::SetTrust { document: trust }),
        of(full, Change::PutPolicy { policy: "more".to_owned(), document: document.clone() }),
        of(full, Change::DeletePolicy { policy: "manage".to_owned() }),
        of(full, Change::Detach { policy: BOUNDARY.to_owned() }),
        of(bare, Change::DeleteRole),
        of("ecs-TaskRole-0a1b2c3d", Change::CreateProfile { path: "/muster/".to_owned(), tags }),
        of(bare, Change::AddToProfile),
        of(full, Change::RemoveFromProfile { profile: full.to_owned() }),
        of("ecs-EmptyProfile-0a1b2c3d", Change::DeleteProfile),
    ]
}
