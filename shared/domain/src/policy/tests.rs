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
