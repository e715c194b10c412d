//! Files that cannot be read say why, and where.

use super::*;

const GOOD: &str = "\
groups:
  - name: hosts
    max: 10
    host: { cpu: 4096, memory: 15800 }
services:
  - name: web
    cpu: 512
    memory: 1024
    count: 20
";

#[test]
fn a_short_file_is_enough() {
    let file = read(GOOD).unwrap();
    assert_eq!((file.plan.groups[0].max, file.plan.groups[0].boot), (10, 90_000));
    assert_eq!((file.days, file.prices.len()), (None, 1));
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (from, to, told) in [
        ("max: 10", "maks: 10", "line 3: groups[0].maks is not known; is max meant?"),
        ("    max: 10\n", "", "line 2: groups[0] has no max"),
        (
            "    max: 10",
            "    max: 10\n    mim: 1",
            "line 4: groups[0].mim is not known; is min meant?",
        ),
        ("max: 10", "max: 100000", "must be a whole number from 1 to 1000, not \"100000\""),
        (
            "max: 10",
            "max: ten",
            "line 3: groups[0].max must be a whole number from 1 to 1000, not \"ten\"",
        ),
        ("count: 20", "count: -1", "line 9: services[0].count must be a whole number"),
        ("count: 20", "count: { steady: 3 }", "services[0].count.steady is not known"),
        (
            "count: 20",
            "count: { diurnal: { low: 9, high: 3 } }",
            "must be a whole number from 9 to",
        ),
        ("count: 20", "count: 20\n    placement: spread", "must be one of az-spread, az-binpack"),
        ("cpu: 512", "cpu: 512\n    cpu: 1", "duplicated key"),
        ("groups:", "setings: {}\ngroups:", "line 1: setings is not known; is settings meant?"),
        ("groups:", "settings: { headroom-host: 1 }\ngroups:", "is headroom-hosts meant?"),
        (
            "groups:",
            "settings: { headroom-hosts: 101 }\ngroups:",
            "settings.headroom-hosts must be",
        ),
        (
            "groups:",
            "failures: { agents-lost-a-day: 2 }\ngroups:",
            "must be a part from 0% to 100%",
        ),
        ("groups:", "days: 29\ngroups:", "line 1: days must be a whole number from 1 to 28"),
        ("name: web", "name: [web]", "services[0].name must be a text or a number"),
        ("name: web", "name: \"a\\u0007\"", "services[0].name must be a name"),
        ("max: 10", "max: 10\n    spot-price: 0.1", "groups[0] has a spot-price and no price"),
        ("services:", "batches:", "batches[0] must have either tasks-an-hour"),
        ("groups:", "groups: [", "line "),
    ] {
        let text = GOOD.replace(from, to);
        let wrong = read(&text).map(|_| text).unwrap_err().to_string();
        assert!(wrong.contains(told), "{to}: {wrong}");
    }
    assert!(read("").is_err() && read("- 1").is_err() && read("a: 1\n---\nb: 2").is_err());
    let twice = GOOD.replace(
        "services:",
        "  - { name: hosts, max: 1, host: { cpu: 1, memory: 4 } }\nservices:",
    );
    assert!(read(&twice).unwrap_err().to_string().contains("two groups hosts"));
}

#[test]
fn a_setting_of_the_command_line_goes_before_the_files() {
    let mut groups = read(GOOD).unwrap().plan.groups;
    set(&mut groups, &["muster:headroom-hosts=2".to_owned()]).unwrap();
    assert_eq!(groups[0].tags.get("muster:headroom-hosts").map(String::as_str), Some("2"));
    for (bad, told) in [
        ("headroom-hosts", "is not name=value"),
        ("headrom-hosts=1", "is headroom-hosts meant?"),
        ("headroom-hosts=x", "must be"),
    ] {
        assert!(set(&mut groups, &[bad.to_owned()]).unwrap_err().contains(told), "{bad}");
    }
}
