use super::{absent, ended, finding, healthy};
use domain::diagnosis::{Check, Facts, UserData, Verdict};
use domain::host::{MachineState, Seen};

#[test]
fn each_reason_that_ec2_gives_has_a_remedy_of_its_own() {
    for (code, remedy) in [
        ("Client.InternalError", "the KMS key"),
        ("Client.InvalidSnapshot.NotFound", "whose snapshots exist"),
        ("Client.VolumeLimitExceeded", "raise the EBS volume quota"),
        ("Client.InstanceInitiatedShutdown", "take the shutdown out of"),
        ("Client.UserInitiatedShutdown", "who ended it"),
        ("Client.UserInitiatedHibernate", "who ended it"),
        ("Server.InsufficientInstanceCapacity", "more instance types or availability zones"),
        ("Server.SpotInstanceTermination", "an On-Demand base capacity"),
        ("Server.SpotInstanceShutdown", "an On-Demand base capacity"),
        ("Server.SpotInstanceStop", "an On-Demand base capacity"),
        ("Client.Daydream", "look up the reason"),
    ] {
        let told = finding(&ended(MachineState::Terminated, code), Check::InstanceState);
        assert!(told.remedy.contains(remedy), "{code}: {}", told.remedy);
        assert!(told.evidence.starts_with("it is terminated: "), "{}", told.evidence);
        assert!(told.evidence.contains(" ("), "EC2's own words go with it: {}", told.evidence);
    }
    let mut wordless = ended(MachineState::Stopped, "Client.Daydream");
    if let Seen::Known(Some(instance)) = &mut wordless.instance {
        instance.reason = Some(String::new());
    }
    let told = finding(&wordless, Check::InstanceState);
    assert!(!told.evidence.contains('('), "{}", told.evidence);
}

#[test]
fn where_the_agent_is_connected_what_the_user_data_says_blames_nobody() {
    let of = |user_data: UserData, facts: Facts| {
        finding(&Facts { user_data: Seen::Known(user_data), ..facts }, Check::UserData)
    };
    let other = || UserData::Names("other".parse().unwrap());
    let told = of(other(), healthy());
    assert_eq!(
        (told.verdict, told.evidence.as_str()),
        (Verdict::Cleared, "it is in web, though the user data names other")
    );
    assert_eq!(of(other(), absent()).verdict, Verdict::Blamed);
    let told = of(UserData::Unclear, healthy());
    assert_eq!((told.verdict, told.evidence.as_str()), (Verdict::Cleared, "it is in web"));
    let told = of(UserData::Unclear, absent());
    assert!(told.evidence.contains("only the host can work out"), "{}", told.evidence);
}

#[test]
fn of_a_host_without_a_role_no_permissions_are_asked_unless_it_is_connected() {
    let without =
        |facts: Facts| finding(&Facts { role: Seen::Known(None), ..facts }, Check::RolePermissions);
    assert_eq!(without(absent()).evidence, "there is no role to ask about");
    assert_eq!(without(healthy()).evidence, "its role may do what the agent needs");
}
