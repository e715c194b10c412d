//! Whose group is it?

use std::collections::BTreeMap;

/// What CloudFormation writes on what a stack makes; whoever else tries is refused (*Resource tag* in the CloudFormation
/// user guide).
const STACK_ID_TAG: &str = "aws:cloudformation:stack-id";
/// The tag of a group that was made otherwise, and may be emptied by a stack: the stack's name.
pub const TEARDOWN_TAG: &str = "muster:teardown";

/// Whether a stack may see the hosts of a group with these tags out: it made the group, or the group names it. Keeps S19:
/// whoever may make stacks can name any group, and must not be able to empty it.
#[must_use]
pub fn belongs(tags: &BTreeMap<String, String>, stack_id: &str) -> bool {
    let is = |tag: &str, value: &str| tags.get(tag).is_some_and(|it| it == value);
    let name = stack_id.split('/').nth(1).filter(|name| !name.is_empty());
    is(STACK_ID_TAG, stack_id) || name.is_some_and(|name| is(TEARDOWN_TAG, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Checks S19.
    #[test]
    fn a_group_belongs_to_the_stack_that_made_it_and_to_one_that_it_names() {
        let id = "arn:aws:cloudformation:us-west-2:111122223333:stack/web/1";
        let tagged = |key: &str, value: &str| {
            belongs(&BTreeMap::from([(key.to_owned(), value.to_owned())]), id)
        };
        assert!(tagged(STACK_ID_TAG, id) && tagged(TEARDOWN_TAG, "web"));
        for (key, value) in [
            (STACK_ID_TAG, "arn:aws:cloudformation:us-west-2:111122223333:stack/web/2"),
            (TEARDOWN_TAG, "other"),
            (TEARDOWN_TAG, ""),
            ("muster:cluster", "web"),
        ] {
            assert!(!tagged(key, value), "{key}={value}");
        }
        let nameless = BTreeMap::from([(TEARDOWN_TAG.to_owned(), String::new())]);
        assert!(!belongs(&nameless, "nonsense"));
    }
}
