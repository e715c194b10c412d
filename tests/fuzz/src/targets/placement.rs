//! What a `memberOf` placement constraint says, and of which hosts it holds.

use domain::query::Expression;
use std::collections::BTreeMap;

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some(expression) = Expression::read(&text) else { return };
    let host: BTreeMap<String, String> = [
        ("ecs.instance-type", "m7g.large"),
        ("ecs.availability-zone", "us-west-2a"),
        ("ecs.os-type", "linux"),
        ("stack", "web"),
        ("empty", ""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let holds = expression.holds(&host);
    // What does not speak of an attribute does not change with it.
    for name in host.keys().filter(|name| !expression.names(name)) {
        let mut other = host.clone();
        other.remove(name);
        assert_eq!(expression.holds(&other), holds, "{name} is not named, and matters");
    }
    // The opposite is the opposite, and twice that is the same.
    let within = |text: String| Expression::read(&text).map(|it| it.holds(&host));
    if text.len() < 1_000 {
        if let Some(opposite) = within(format!("not({text})")) {
            assert_eq!(opposite, holds.map(|holds| !holds), "not({text})");
        }
        if let Some(same) = within(format!("({text}) and ({text})")) {
            assert_eq!(same, holds, "({text}) and ({text})");
        }
    }
}
