mod more;
mod network;

use crate::{at, throttled};
use domain::diagnosis::{
    AGENT_NEEDS, Check, ConsoleSign, DefaultRoute, Diagnosis, Egress, Elsewhere, Endpoint,
    EndpointService, Facts, Finding, Instance, Registered, StatusChecks, UserData, Verdict, judge,
};
use domain::host::{MachineState, RegistrationStatus, Seen};
use domain::{ClusterName, Fault};
use std::collections::BTreeSet;

fn cluster() -> ClusterName {
    "web".parse().unwrap()
}

fn instance() -> Instance {
    Instance {
        state: MachineState::Running,
        reason_code: None,
        reason: None,
        launched_at: Some(at(0)),
        profile: Some("arn:aws:iam::111122223333:instance-profile/ecs/web-hosts".into()),
        subnet: Some("subnet-1".into()),
        vpc: Some("vpc-1".into()),
        security_groups: vec!["sg-1".into()],
        public: false,
    }
}

/// All is well but that the host has not registered.
fn absent() -> Facts {
    Facts {
        instance: Seen::Known(Some(instance())),
        status_checks: Seen::Known(StatusChecks::Passed),
        role: Seen::Known(Some("web-role".parse().unwrap())),
        denied: Seen::Known(Vec::new()),
        default_route: Seen::Known(DefaultRoute::Nat("nat-1".into())),
        endpoints: Seen::Known(BTreeSet::new()),
        egress: Seen::Known(Egress::Open),
        user_data: Seen::Known(UserData::Names(cluster())),
        elsewhere: Seen::Known(Vec::new()),
        console: Seen::Known(BTreeSet::new()),
        registration: Seen::Known(None),
    }
}

fn registered(word: &str, agent_connected: bool) -> Seen<Option<Registered>> {
    let status = RegistrationStatus::read(word);
    Seen::Known(Some(Registered { status, agent_connected, reason: None }))
}

fn healthy() -> Facts {
    Facts { registration: registered("ACTIVE", true), ..absent() }
}

fn with_instance(change: impl FnOnce(&mut Instance)) -> Facts {
    let mut instance = instance();
    change(&mut instance);
    Facts { instance: Seen::Known(Some(instance)), ..absent() }
}

fn ended(state: MachineState, code: &str) -> Facts {
    with_instance(|one| {
        (one.state, one.profile, one.subnet, one.vpc) = (state, None, None, None);
        one.reason_code = Some(code.into());
        one.reason = Some(format!("{code}: it\nended"));
    })
}

fn routed(default_route: DefaultRoute) -> Facts {
    Facts { default_route: Seen::Known(default_route), ..absent() }
}

fn endpoints(services: &[EndpointService], private_dns: bool) -> Seen<BTreeSet<Endpoint>> {
    Seen::Known(
        services.iter().map(|service| Endpoint { service: *service, private_dns }).collect(),
    )
}

fn signs(signs: &[ConsoleSign]) -> Facts {
    Facts { console: Seen::Known(signs.iter().copied().collect()), ..absent() }
}

fn denied(actions: &[&str]) -> Facts {
    Facts { denied: Seen::Known(actions.iter().map(ToString::to_string).collect()), ..absent() }
}

fn elsewhere(agent_connected: bool) -> Seen<Vec<Elsewhere>> {
    Seen::Known(vec![Elsewhere { cluster: "default".parse().unwrap(), agent_connected }])
}

fn diagnose(facts: &Facts) -> Diagnosis {
    let diagnosis = judge(&cluster(), facts);
    // Whatever is seen, every check says something, and the gravest comes first.
    let mut checks: Vec<Check> = diagnosis.findings.iter().map(|one| one.check).collect();
    checks.sort();
    assert_eq!(checks, Check::ALL);
    assert!(diagnosis.findings.is_sorted_by_key(|one| one.verdict), "{diagnosis:?}");
    for one in &diagnosis.findings {
        assert!(!one.evidence.is_empty() && !one.evidence.contains('\n'), "{one:?}");
        let culprit = matches!(one.verdict, Verdict::Blamed | Verdict::Suspect);
        assert!(!culprit || !one.remedy.is_empty(), "{one:?}");
    }
    diagnosis
}

fn finding(facts: &Facts, check: Check) -> Finding {
    diagnose(facts).findings.into_iter().find(|one| one.check == check).unwrap()
}

/// What is to blame, or may be.
fn culprits(facts: &Facts) -> Vec<(Check, Verdict)> {
    let all = diagnose(facts).findings.into_iter().map(|one| (one.check, one.verdict));
    all.filter(|(_, verdict)| matches!(verdict, Verdict::Blamed | Verdict::Suspect)).collect()
}

fn blames(facts: &Facts, check: Check, words: &[&str]) {
    assert_eq!(culprits(facts), [(check, Verdict::Blamed)]);
    says(facts, words);
}

fn suspects(facts: &Facts, check: Check, words: &[&str]) {
    assert_eq!(culprits(facts), [(check, Verdict::Suspect)]);
    says(facts, words);
}

fn says(facts: &Facts, words: &[&str]) {
    let line = diagnose(facts).to_string();
    assert!(!line.contains('\n'), "{line}");
    for word in words {
        assert!(line.contains(word), "{word} is not in: {line}");
    }
}

#[test]
fn a_healthy_host_has_nothing_to_be_blamed_for() {
    for facts in [healthy(), absent()] {
        let diagnosis = diagnose(&facts);
        assert!(diagnosis.findings.iter().all(|one| one.verdict == Verdict::Cleared));
        assert_eq!((diagnosis.cause(), diagnosis.to_string().as_str()), (None, "no cause found"));
    }
}

#[test]
fn a_connected_agent_refutes_what_would_keep_it_from_connecting() {
    let odd = with_instance(|one| one.profile = None);
    let odd = Facts {
        registration: registered("ACTIVE", true),
        role: Seen::Known(None),
        denied: Seen::Known(vec!["ecs:Poll".into()]),
        default_route: Seen::Known(DefaultRoute::None),
        egress: Seen::Known(Egress::Shut),
        user_data: Seen::Known(UserData::NamesNone),
        console: Seen::Known([ConsoleSign::AccessDenied].into()),
        ..odd
    };
    assert_eq!(culprits(&odd), []);
    // What it needs to work is another matter.
    let lame = denied(&["ecs:Poll", "ecs:SubmitTaskStateChange"]);
    let lame = Facts { registration: registered("ACTIVE", true), ..lame };
    suspects(&lame, Check::RolePermissions, &["perhaps", "web-role may not do ecs:SubmitTask"]);
}

// Checks S21.
#[test]
fn what_could_not_be_read_blames_nobody() {
    let forbidden = || Fault::Forbidden { call: "ec2:Describe".into(), told: "no\nway".into() };
    let blind = Facts {
        instance: Seen::Unknown(forbidden()),
        status_checks: Seen::Unknown(throttled()),
        role: Seen::Unknown(throttled()),
        denied: Seen::Unknown(throttled()),
        default_route: Seen::Unknown(throttled()),
        endpoints: Seen::Unknown(throttled()),
        egress: Seen::Unknown(throttled()),
        user_data: Seen::Unknown(throttled()),
        elsewhere: Seen::Unknown(throttled()),
        console: Seen::Unknown(throttled()),
        registration: Seen::Unknown(throttled()),
    };
    let diagnosis = diagnose(&blind);
    assert!(diagnosis.findings.iter().all(|one| one.verdict == Verdict::Unreadable));
    assert!(diagnosis.to_string().starts_with("no cause found; not seen: instance-state, status"));
    let state = finding(&blind, Check::InstanceState);
    assert_eq!(state.remedy, "allow ec2:Describe to the role that asks");
    // One that can be read is judged all the same.
    let one = Facts { user_data: Seen::Known(UserData::Names("wbe".parse().unwrap())), ..blind };
    blames(&one, Check::UserData, &["names the cluster wbe, not web"]);
}

#[test]
fn an_instance_that_ended_is_to_blame_unless_somebody_asked_for_it() {
    let (stopped, gone) = (MachineState::Stopped, MachineState::Terminated);
    let volumes = ended(gone.clone(), "Client.InternalError");
    blames(&volumes, Check::InstanceState, &["it is terminated: Client.Int", "KMS key"]);
    let spot = ended(stopped, "Server.SpotInstanceShutdown");
    says(&spot, &["instance-state: it is stopped", "more Spot instance types"]);
    // Also a group that gives a host up asks for it.
    let given_up = ended(gone, "Client.UserInitiatedShutdown");
    suspects(&given_up, Check::InstanceState, &["perhaps instance-state"]);
    let full = Facts { console: Seen::Known([ConsoleSign::DiskFull].into()), ..given_up };
    assert_eq!(diagnose(&full).cause().unwrap().check, Check::Agent);
}

#[test]
fn what_ec2_forgets_of_a_terminated_instance_is_not_held_against_it() {
    for state in [MachineState::Terminated, MachineState::ShuttingDown] {
        let facts = ended(state, "Client.UserInitiatedShutdown");
        for check in [Check::InstanceProfile, Check::Role, Check::Route, Check::Egress] {
            assert_eq!(finding(&facts, check).verdict, Verdict::Unreadable, "{check}");
        }
    }
}

#[test]
fn an_instance_that_does_not_run_yet_or_is_not_known_is_suspect() {
    let pending = with_instance(|one| one.state = MachineState::Pending);
    suspects(&pending, Check::InstanceState, &["does not run yet, launched at 2026-03-04"]);
    let unknown = Facts { instance: Seen::Known(None), ..absent() };
    suspects(&unknown, Check::InstanceState, &["EC2 does not know"]);
}

#[test]
fn status_checks_count_when_they_failed_and_not_while_they_run() {
    let impaired = StatusChecks::Impaired(vec!["system".into(), "instance".into()]);
    let facts = Facts { status_checks: Seen::Known(impaired), ..absent() };
    blames(&facts, Check::StatusChecks, &["failed: system, instance"]);
    let facts = Facts { status_checks: Seen::Known(StatusChecks::Undecided), ..absent() };
    assert_eq!(culprits(&facts), []);
}

#[test]
fn without_profile_role_or_permission_the_agent_cannot_speak() {
    let bare = with_instance(|one| one.profile = None);
    let bare =
        Facts { role: Seen::Unknown(throttled()), denied: Seen::Unknown(throttled()), ..bare };
    blames(&bare, Check::InstanceProfile, &["no instance profile", "launch template"]);
    let empty = Facts { role: Seen::Known(None), denied: Seen::Unknown(throttled()), ..absent() };
    blames(
        &empty,
        Check::Role,
        &["profile web-hosts holds no role", "to the instance profile web-"],
    );
    assert_eq!(finding(&empty, Check::RolePermissions).verdict, Verdict::Unreadable);

    for action in &AGENT_NEEDS[..3] {
        blames(&denied(&[action]), Check::RolePermissions, &[&format!("allow {action} to the")]);
    }
    suspects(&denied(&AGENT_NEEDS[3..]), Check::RolePermissions, &["ecs:StartTelemetrySession, "]);
}

#[test]
fn user_data_must_name_the_cluster_unless_it_is_the_default_one() {
    let facts = |user_data| Facts { user_data: Seen::Known(user_data), ..absent() };
    let wrong = facts(UserData::Names("default".parse().unwrap()));
    blames(&wrong, Check::UserData, &["names the cluster default, not web", "set ECS_CLUSTER=web"]);
    suspects(&facts(UserData::NamesNone), Check::UserData, &["names no cluster", "joins default"]);
    suspects(&facts(UserData::NoUserData), Check::UserData, &["there is no user data"]);
    assert_eq!(culprits(&facts(UserData::Unclear)), []);
    assert_eq!(finding(&facts(UserData::Unclear), Check::UserData).verdict, Verdict::Unreadable);
    let default = judge(&"default".parse().unwrap(), &facts(UserData::NamesNone));
    assert_eq!(default.cause(), None);
}

#[test]
fn a_host_in_another_cluster_is_there_because_of_its_user_data() {
    let lost = Facts { elsewhere: elsewhere(true), ..absent() };
    blames(&lost, Check::OtherClusters, &["registered in default, not in web"]);
    let silent = Facts { user_data: Seen::Known(UserData::NamesNone), ..lost.clone() };
    assert_eq!(
        culprits(&silent),
        [(Check::OtherClusters, Verdict::Blamed), (Check::UserData, Verdict::Suspect)]
    );
    let user_data = Seen::Known(UserData::Names("default".parse().unwrap()));
    let wrong = Facts { user_data, ..lost };
    assert_eq!(
        culprits(&wrong),
        [(Check::UserData, Verdict::Blamed), (Check::OtherClusters, Verdict::Blamed)]
    );
    // Its network is good enough for that cluster, so it is for this one; if it is connected.
    let dark = |connected| Facts { elsewhere: elsewhere(connected), ..routed(DefaultRoute::None) };
    assert_eq!(finding(&dark(true), Check::Route).verdict, Verdict::Cleared);
    assert_eq!(finding(&dark(false), Check::Route).verdict, Verdict::Blamed);
}

#[test]
fn what_the_console_shows_is_to_blame_unless_it_may_have_healed() {
    use ConsoleSign as Sign;
    let table = [
        (Sign::KernelPanic, "the kernel panicked", "image or instance type"),
        (Sign::DiskFull, "a disk is full", "VolumeSize"),
        (Sign::ClusterNotFound, "the cluster was not found", "create the cluster web"),
        (Sign::AgentGaveUp, "ended with status 5", "replace the host"),
    ];
    for (sign, evidence, remedy) in table {
        blames(&signs(&[sign]), Check::Agent, &[evidence, remedy]);
    }
    for sign in [Sign::AccessDenied, Sign::NoCredentials, Sign::CloudInitFailed] {
        suspects(&signs(&[sign]), Check::Agent, &["perhaps agent: the console shows that"]);
    }
    let unread = |signs: Facts| Facts {
        role: Seen::Unknown(throttled()),
        denied: Seen::Unknown(throttled()),
        ..signs
    };
    blames(&unread(signs(&[Sign::AccessDenied])), Check::Agent, &["ecs:RegisterContainerInstance"]);
    blames(&unread(signs(&[Sign::NoCredentials])), Check::Agent, &["an instance profile"]);
    // What has not healed comes first, and all is told.
    let both = signs(&[Sign::AccessDenied, Sign::AgentGaveUp]);
    blames(&both, Check::Agent, &["IAM refused the registration, and that the agent", "replace"]);
}

#[test]
fn a_registration_that_failed_is_to_blame_and_one_without_its_agent_is_suspect() {
    let failed = Registered {
        status: RegistrationStatus::read("REGISTRATION_FAILED"),
        agent_connected: false,
        reason: Some("the capacity provider\nis gone".into()),
    };
    let facts = Facts { registration: Seen::Known(Some(failed)), ..absent() };
    blames(&facts, Check::Registration, &["REGISTRATION_FAILED: the capacity provider is gone"]);
    let silent = Facts { registration: registered("ACTIVE", false), ..absent() };
    suspects(&silent, Check::Registration, &["its agent is not connected"]);
    for word in ["DRAINING", "REGISTERING", "INACTIVE"] {
        let facts = Facts { registration: registered(word, true), ..absent() };
        suspects(&facts, Check::Registration, &[]);
    }
    // It can register by one endpoint and lack the one where it polls.
    let half = endpoints(&[EndpointService::Ecs, EndpointService::Telemetry], true);
    let half = Facts { endpoints: half, ..routed(DefaultRoute::None) };
    let half = Facts { registration: registered("ACTIVE", false), ..half };
    assert_eq!(diagnose(&half).cause().unwrap().check, Check::Route);
}

#[test]
fn of_many_causes_the_one_that_explains_the_others_comes_first() {
    let facts = with_instance(|one| one.profile = None);
    let facts = Facts {
        role: Seen::Unknown(throttled()),
        denied: Seen::Unknown(throttled()),
        default_route: Seen::Known(DefaultRoute::None),
        egress: Seen::Known(Egress::Shut),
        console: Seen::Known([ConsoleSign::NoCredentials].into()),
        user_data: Seen::Known(UserData::NamesNone),
        ..facts
    };
    let checks: Vec<Check> = culprits(&facts).into_iter().map(|(check, _)| check).collect();
    let order =
        [Check::InstanceProfile, Check::Route, Check::Egress, Check::Agent, Check::UserData];
    assert_eq!(checks, order);
}

#[test]
fn a_diagnosis_is_written_in_the_words_of_the_records() {
    let json = serde_json::to_value(diagnose(&routed(DefaultRoute::None))).unwrap();
    let first = &json["findings"][0];
    assert_eq!((&first["check"], &first["verdict"]), (&"route".into(), &"blamed".into()));
    for check in Check::ALL {
        assert_eq!(serde_json::to_value(check).unwrap(), check.as_str());
    }
}
