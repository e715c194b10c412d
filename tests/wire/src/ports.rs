//! Every call that Muster makes: the reads, the looks that are made of them, and the writes.

use crate::reading::{Reading, Things, of_host, plain, told, whole};
use crate::stage::{STACK, Stage};
use aws::{Aws, Logbook};
use domain::diagnosis::Facts;
use domain::roles::{Identity, ServiceLinked, Wanted, WantedRole};
use domain::told::Slice;
use domain::{ClusterName, Fault, GroupName, InstanceId, RegistrationArn, Seen};
use jiff::Timestamp;
use ports::look::{self, lacking};
use ports::{
    Ask, Deployment as _, Described, Examine as _, Gauge as _, Logs as _, LookRoles as _,
    Providers as _, Reads as _, Stacks as _,
};
use std::collections::BTreeMap;

/// A call of the reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are named as the ports' methods are")]
pub enum Read {
    Seat,
    Group,
    Groups,
    Hooks,
    WarmPool,
    Instances,
    TakenBack,
    TroubledInstance,
    TroubledSystem,
    Scheduled,
    RegistrationArns,
    RegistrationArnsOf,
    Registrations,
    TaskArns,
    TaskArnsStopping,
    Tasks,
    Services,
    ServiceArns,
    Wishes,
    Definition,
    AllTaskArns,
    Placed,
    Protected,
    GroupsOf,
    LatestLaunch,
    IsRefreshing,
    TypesOf,
    InstanceTypes,
    Attached,
    StackStatus,
    ResourceSince,
    Existing,
    Users,
    Facts,
    Parameters,
    LogGroup,
    Written,
    LookHost,
    LookLeaving,
    LookGroups,
    LookHosts,
    LookCapacity,
    LookBefore,
    LookExample,
}

use Read as R;

/// All of them.
pub const READS: [Read; 44] = [
    R::Seat,
    R::Group,
    R::Groups,
    R::Hooks,
    R::WarmPool,
    R::Instances,
    R::TakenBack,
    R::TroubledInstance,
    R::TroubledSystem,
    R::Scheduled,
    R::RegistrationArns,
    R::RegistrationArnsOf,
    R::Registrations,
    R::TaskArns,
    R::TaskArnsStopping,
    R::Tasks,
    R::Services,
    R::ServiceArns,
    R::Wishes,
    R::Definition,
    R::AllTaskArns,
    R::Placed,
    R::Protected,
    R::GroupsOf,
    R::LatestLaunch,
    R::IsRefreshing,
    R::TypesOf,
    R::InstanceTypes,
    R::Attached,
    R::StackStatus,
    R::ResourceSince,
    R::Existing,
    R::Users,
    R::Facts,
    R::Parameters,
    R::LogGroup,
    R::Written,
    R::LookHost,
    R::LookLeaving,
    R::LookGroups,
    R::LookHosts,
    R::LookCapacity,
    R::LookBefore,
    R::LookExample,
];

/// The clients.
#[derive(Clone, Debug)]
pub struct Clients {
    /// All but one.
    pub aws: Aws,
    /// CloudWatch Logs.
    pub logs: Logbook,
}

pub(crate) fn cluster() -> ClusterName {
    "prod".parse().expect("a name")
}

pub(crate) fn group() -> GroupName {
    "web".parse().expect("a name")
}

pub(crate) fn id(text: &str) -> InstanceId {
    text.parse().expect("an id")
}

pub(crate) fn arn(text: &str) -> RegistrationArn {
    text.parse().expect("an ARN")
}

/// A description, lacking nothing.
fn described<T>(
    call: &str,
    asked: usize,
    answer: Result<Described<T>, Fault>,
) -> Result<Vec<T>, Fault> {
    let answer = answer?;
    match lacking(call, asked, &answer) {
        Some(fault) => Err(fault),
        None => Ok(answer.found),
    }
}

/// What roles are looked for.
#[must_use]
pub fn wanted() -> (Identity, Wanted) {
    let identity =
        Identity { suffix: "0a1b2c3d".into(), path: "/muster/".into(), prefix: "ecs".into() };
    let role = WantedRole {
        attribute: "EC2Role".into(),
        name: "ecs-EC2Role-0a1b2c3d".into(),
        path: "/muster/".into(),
        description: "of hosts".into(),
        trust: serde_json::json!({}),
        policies: BTreeMap::new(),
        tags: BTreeMap::new(),
        boundary: None,
        profile: true,
    };
    let linked = ServiceLinked { name: "AWSServiceRoleForECS", service: "ecs.amazonaws.com" };
    (identity, Wanted { roles: vec![role], service_linked: vec![linked], boundary: None })
}

impl Read {
    /// Makes the call.
    pub async fn ask(self, clients: &Clients, on: &Stage) -> Reading {
        let aws = &clients.aws;
        let (cluster, group) = (cluster(), group());
        let working = id(&on.working);
        let arns: Vec<String> = on.registrations.iter().map(|(_, arn)| arn.clone()).collect();
        let ids = [&on.working, &on.other, &on.leaving, &on.joining, &on.lost].map(|it| id(it));
        let leaving = || arn(on.registration(&on.leaving));
        let services = || vec!["web".to_owned()];
        match self {
            R::Seat => whole(aws.seat(&working).await),
            R::Group => whole(aws.group(&group).await),
            R::Groups => whole(aws.groups(&[], None).await),
            R::Hooks => whole(aws.hooks(&group).await),
            R::WarmPool => whole(aws.warm_pool(&group, None).await),
            R::Instances => whole(aws.instances(&ids, None).await),
            R::TakenBack => whole(aws.taken_back(None).await),
            R::TroubledInstance => whole(aws.troubled(Ask::InstanceStatus, None).await),
            R::TroubledSystem => whole(aws.troubled(Ask::SystemStatus, None).await),
            R::Scheduled => whole(aws.troubled(Ask::Scheduled, None).await),
            R::RegistrationArns => whole(aws.registration_arns(&cluster, None, None).await),
            R::RegistrationArnsOf => {
                whole(aws.registration_arns(&cluster, Some(&working), None).await)
            }
            R::Registrations => {
                let answer = aws.registrations(&cluster, &arns).await;
                whole(described("ecs:DescribeContainerInstances", arns.len(), answer))
            }
            R::TaskArns => whole(aws.task_arns(&cluster, &leaving(), false, None).await),
            R::TaskArnsStopping => whole(aws.task_arns(&cluster, &leaving(), true, None).await),
            R::Tasks => {
                let answer = aws.tasks(&cluster, &on.tasks).await;
                whole(described("ecs:DescribeTasks", on.tasks.len(), answer))
            }
            R::Services => {
                let answer = aws.services(&cluster, &services()).await;
                whole(described("ecs:DescribeServices", 1, answer))
            }
            _ => self.ask_more(clients, on).await,
        }
    }

    async fn ask_more(self, clients: &Clients, on: &Stage) -> Reading {
        let aws = &clients.aws;
        let (cluster, group) = (cluster(), group());
        match self {
            R::ServiceArns => whole(aws.service_arns(&cluster, None).await),
            R::Wishes => {
                let answer = aws.wishes(&cluster, &on.services).await;
                whole(described("ecs:DescribeServices", on.services.len(), answer))
            }
            // A family, for revisions are kept.
            R::Definition => whole(aws.definition("batch").await),
            R::AllTaskArns => whole(aws.all_task_arns(&cluster, None).await),
            R::Placed => {
                let answer = aws.placed(&cluster, &on.tasks).await;
                whole(described("ecs:DescribeTasks", on.tasks.len(), answer))
            }
            R::Protected => whole(aws.protected(&cluster, &on.tasks).await),
            R::GroupsOf => whole(aws.groups_of(&["ours".to_owned()]).await),
            R::LatestLaunch => whole(aws.latest_launch(&group).await),
            R::IsRefreshing => whole(aws.is_refreshing(&group).await),
            R::TypesOf => whole(aws.types_of(&group).await),
            R::InstanceTypes => whole(aws.instance_types(&["m7g.large".to_owned()]).await),
            R::Attached => whole(aws.attached(&cluster).await),
            R::StackStatus => whole(aws.stack_status(STACK).await),
            R::ResourceSince => whole(aws.resource_since(STACK, "Teardown").await),
            R::Existing => {
                let (identity, wanted) = wanted();
                whole(aws.existing(&identity, &wanted).await)
            }
            R::Users => {
                let profile = "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole";
                whole(aws.users(profile).await)
            }
            R::Facts => of_facts(&aws.facts(&id(&on.joining), &cluster).await),
            R::Parameters => whole(aws.parameters("muster").await),
            R::LogGroup => whole(clients.logs.log_group("muster").await),
            R::Written => {
                let since = Timestamp::UNIX_EPOCH;
                whole(clients.logs.written("muster-Logs", "decision", since, None).await)
            }
            _ => self.look(aws, on).await,
        }
    }

    async fn look(self, aws: &Aws, on: &Stage) -> Reading {
        let (cluster, group) = (cluster(), group());
        match self {
            R::LookHost => {
                let sighting = look::host(aws, &id(&on.working), true, None).await;
                of_host(&sighting.host, sighting.group.as_ref())
            }
            R::LookLeaving => {
                let sighting = look::host(aws, &id(&on.leaving), false, None).await;
                of_host(&sighting.host, sighting.group.as_ref())
            }
            R::LookGroups => {
                let groups = look::groups(aws, &[]).await;
                whole(groups.map(|all| all.into_values().collect::<Vec<_>>()))
            }
            R::LookHosts => {
                let mut groups = match look::groups(aws, &[]).await {
                    Ok(groups) => groups,
                    Err(fault) => return whole::<()>(Err(fault)),
                };
                let troubles = look::troubles_of(aws).await;
                let troubles = Seen::from(troubles);
                match look::hosts(aws, &cluster, &mut groups, &troubles, Slice::WHOLE).await {
                    Ok(hosts) => hosts
                        .iter()
                        .flat_map(|host| {
                            let id = host.instance.clone();
                            of_host(host, None)
                                .into_iter()
                                .map(move |(part, told)| (format!("{id} {part}"), told))
                        })
                        .collect(),
                    Err(fault) => whole::<()>(Err(fault)),
                }
            }
            R::LookCapacity => match look::capacity(aws, &cluster, true).await {
                Err(fault) => whole::<()>(Err(fault)),
                Ok(outlook) => BTreeMap::from([
                    ("protected".to_owned(), plain(&outlook.protected)),
                    (
                        "work".to_owned(),
                        told(Ok(Outlook(
                            outlook.hosts.iter().map(|host| host.registration.clone()).collect(),
                            format!("{:?}", (&outlook.missing, &outlook.daemons, &outlook.hosts)),
                        ))),
                    ),
                ]),
            },
            R::LookExample => {
                whole(look::example(aws, &group).await.map(|it| Text(format!("{it:?}"))))
            }
            _ => {
                let view = match aws.group(&group).await {
                    Ok(Some(view)) => view,
                    Ok(None) => {
                        return whole::<()>(Err(Fault::NotFound {
                            call: String::new(),
                            told: String::new(),
                        }));
                    }
                    Err(fault) => return whole::<()>(Err(fault)),
                };
                whole(look::before(aws, &view, true).await.map(|it| Text(format!("{it:?}"))))
            }
        }
    }
}

/// What only explains.
struct Text(String);

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Things for Text {}

struct Outlook(Vec<domain::host::Registration>, String);

impl std::fmt::Debug for Outlook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.1)
    }
}

impl Things for Outlook {
    fn things(&self) -> Vec<String> {
        self.0.things()
    }
}

fn of_facts(facts: &Facts) -> Reading {
    let parts = [
        ("instance", plain(&facts.instance)),
        ("status checks", plain(&facts.status_checks)),
        ("role", plain(&facts.role)),
        ("denied", plain(&facts.denied)),
        ("default route", plain(&facts.default_route)),
        ("endpoints", plain(&facts.endpoints)),
        ("egress", plain(&facts.egress)),
        ("user data", plain(&facts.user_data)),
        ("elsewhere", plain(&facts.elsewhere)),
        ("console", plain(&facts.console)),
        ("registration", plain(&facts.registration)),
    ];
    parts.into_iter().map(|(name, part)| (name.to_owned(), part)).collect()
}
