use super::*;

#[test]
fn every_complaint_is_told_at_once() {
    for bad in ["", "0", "-1", "200%", "1000000000", "١٢٠", "60.5"] {
        let complaints =
            Policy::read(|name| name.ends_with("_PATIENCE_SECONDS").then(|| bad.to_owned()))
                .unwrap_err();
        // Patience to let hosts go may be 0: none ever goes.
        assert_eq!(complaints.len(), if bad == "0" { 3 } else { 4 }, "{bad}");
    }
}

#[test]
fn a_group_overrides_what_it_names_and_nothing_else() {
    let tags = BTreeMap::from([
        ("muster:join-patience-seconds".to_owned(), "120".to_owned()),
        ("muster:step-hosts".to_owned(), "many".to_owned()),
    ]);
    let (policy, complaints) = Policy::default().overridden_by(&tags);
    assert_eq!(policy.join_patience, Duration::from_mins(2));
    assert_eq!(
        Policy { join_patience: Policy::default().join_patience, ..policy },
        Policy::default()
    );
    assert_eq!(complaints.len(), 1);
    assert!(complaints[0].to_string().starts_with("muster:step-hosts must be"));
}

#[test]
fn what_a_host_must_bring_is_read_from_words() {
    let tags = BTreeMap::from([
        ("muster:least-agent-version".to_owned(), "1.105.0".to_owned()),
        ("muster:required-attributes".to_owned(), "ecs.os-type=linux, gpu".to_owned()),
        ("muster:require-health".to_owned(), "true".to_owned()),
        ("muster:standalone-grace-seconds".to_owned(), "0".to_owned()),
    ]);
    let (policy, complaints) = Policy::default().overridden_by(&tags);
    assert_eq!(complaints, []);
    assert_eq!(policy.least_agent, "1.105.0".parse().ok());
    let wanted = [("ecs.os-type".to_owned(), Some("linux".to_owned())), ("gpu".to_owned(), None)];
    assert_eq!(policy.required_attributes, wanted);
    assert!(policy.require_health && policy.standalone_grace.is_none());
    for (tag, bad) in [
        ("muster:least-agent-version", "latest"),
        ("muster:required-attributes", "a b"),
        ("muster:require-health", "maybe"),
    ] {
        let tags = BTreeMap::from([(tag.to_owned(), bad.to_owned())]);
        let (policy, complaints) = Policy::default().overridden_by(&tags);
        assert_eq!((policy, complaints.len()), (Policy::default(), 1), "{tag}");
    }
}

#[test]
fn agents_are_compared_by_number_and_not_by_letter() {
    let version = |text: &str| text.parse::<AgentVersion>().unwrap();
    assert!(version("1.105.1") > version("1.99.9"));
    assert!("1.105".parse::<AgentVersion>().is_err());
}

#[test]
fn headroom_is_the_greater_of_a_number_of_hosts_and_a_part_of_them() {
    let headroom = |hosts, percent, of| {
        let policy =
            Policy { headroom_hosts: hosts, headroom_percent: percent, ..Policy::default() };
        policy.headroom(of)
    };
    assert_eq!(headroom(0, 0, 100), 0);
    assert_eq!(headroom(3, 0, 100), 3);
    assert_eq!(headroom(0, 10, 31), 4, "a part of a host is a host");
    assert_eq!(headroom(5, 10, 31), 5);
    assert_eq!(headroom(2, 10, 31), 4);
}

#[test]
fn every_setting_is_known_by_its_variable_and_tag_with_its_bounds() {
    let known = Policy::known();
    let of = |tag: &str| known.iter().find(|one| one.tag == tag).copied().unwrap();
    let patience = of("muster:join-patience-seconds");
    assert_eq!(patience.variable, "MUSTER_JOIN_PATIENCE_SECONDS");
    assert!(patience.bounds.is_some() && !patience.is_switch);
    let health = of("muster:require-health");
    assert!(health.bounds.is_none() && health.is_switch);
    let attributes = of("muster:required-attributes");
    assert!(attributes.bounds.is_none() && !attributes.is_switch);
}

#[test]
fn nothing_stands_for_what_is_never_done_and_a_switch_is_on_or_off_in_two_words() {
    let with = |tag: &str, text: &str| {
        let tags = BTreeMap::from([(tag.to_owned(), text.to_owned())]);
        let (policy, complaints) = Policy::default().overridden_by(&tags);
        complaints.is_empty().then_some(policy)
    };
    let grace = |text| with("muster:standalone-grace-seconds", text).unwrap().standalone_grace;
    assert_eq!((grace("0"), grace("1")), (None, Some(Duration::from_secs(1))));
    let patience = |text| with("muster:scale-in-patience-seconds", text).unwrap().scale_in_patience;
    assert_eq!((patience("0"), patience("1")), (None, Some(Duration::from_secs(1))));
    let stack = |text| with("muster:stack", text).unwrap().stack;
    assert_eq!((stack(""), stack("web").as_deref()), (None, Some("web")));
    for (text, on) in [("0", false), ("false", false), ("1", true), ("true", true)] {
        for tag in ["muster:protect-tasks", "muster:repair-lone-host"] {
            let policy = with(tag, text).unwrap();
            let is =
                if tag.ends_with("tasks") { policy.protect_tasks } else { policy.repair_lone_host };
            assert_eq!(is, on, "{tag} {text}");
        }
    }
    assert!(with("muster:protect-tasks", "yes").is_none());
}
