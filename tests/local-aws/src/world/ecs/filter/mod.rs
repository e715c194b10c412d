//! The cluster query language: which container instances an expression means.

mod lex;
mod parse;

use jiff::Timestamp;

/// What an expression can ask of a container instance.
pub(super) trait Subject {
    /// The values of `subject`: none if it has no such thing, several for `task:group`.
    fn values(&self, subject: &Field) -> Vec<String>;
}

/// What stands on the left of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    AgentConnected,
    AgentVersion,
    Ec2InstanceId,
    RegisteredAt,
    RunningTasksCount,
    PendingTasksCount,
    Status,
    TaskGroup,
    Attribute(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Exists,
    Equals(String),
    In(Vec<String>),
    Matches(String),
    Compares(Order, String),
}

/// A parsed expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    /// A field and what it is held against.
    Is(Asked),
    /// The opposite.
    Not(Box<Expression>),
    /// Both.
    And(Box<Expression>, Box<Expression>),
    /// Either.
    Or(Box<Expression>, Box<Expression>),
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    field: Field,
    test: Test,
}

impl Expression {
    /// Reads an expression; the error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        parse::expression(&lex::tokens(text)?)
    }

    pub(super) fn matches(&self, subject: &dyn Subject) -> bool {
        match self {
            Self::Is(asked) => {
                subject.values(&asked.field).iter().any(|value| asked.test.holds(value))
            }
            Self::Not(inner) => !inner.matches(subject),
            Self::And(left, right) => left.matches(subject) && right.matches(subject),
            Self::Or(left, right) => left.matches(subject) || right.matches(subject),
        }
    }
}

impl Test {
    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Exists => true,
            Self::Equals(wanted) => value == wanted,
            Self::In(wanted) => wanted.iter().any(|wanted| wanted == value),
            Self::Matches(pattern) => matches(pattern.as_bytes(), value.as_bytes()),
            Self::Compares(order, wanted) => order.holds(value, wanted),
        }
    }
}

impl Order {
    fn holds(self, value: &str, wanted: &str) -> bool {
        let ordering = match (number(value), number(wanted)) {
            (Some(value), Some(wanted)) => value.cmp(&wanted),
            _ => value.cmp(wanted),
        };
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// A number as it is, a time in nanoseconds.
fn number(text: &str) -> Option<i128> {
    let time = || text.parse::<Timestamp>().ok().map(Timestamp::as_nanosecond);
    text.parse::<i128>().ok().or_else(time)
}

/// Literals, `.` and `x*`, over the whole text: as much of regular expressions as the guide shows. All ways are gone
/// together, so that many stars cost no more than few.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let mut parts: Vec<(u8, bool)> = Vec::new();
    for &byte in pattern {
        match parts.last_mut() {
            Some((_, many)) if byte == b'*' && !*many => *many = true,
            _ => parts.push((byte, false)),
        }
    }
    // Before which parts a way stands; one may be stepped over if there may be many of it, and so none.
    let over = |ways: &mut Vec<bool>| {
        for (at, (_, many)) in parts.iter().enumerate() {
            if *many && ways.get(at) == Some(&true) {
                ways.iter_mut().skip(at.saturating_add(1)).take(1).for_each(|way| *way = true);
            }
        }
    };
    let mut ways = vec![false; parts.len().saturating_add(1)];
    ways.iter_mut().take(1).for_each(|way| *way = true);
    over(&mut ways);
    for &byte in text {
        let takes = |(part, _): &(u8, bool)| *part == b'.' || *part == byte;
        let stays = |at: usize| {
            parts.get(at).is_some_and(|part| part.1 && takes(part)) && ways.get(at) == Some(&true)
        };
        let comes = |at: usize| {
            let before = at.checked_sub(1);
            before.is_some_and(|at| parts.get(at).is_some_and(takes) && ways.get(at) == Some(&true))
        };
        let mut next: Vec<bool> = (0..ways.len()).map(|at| stays(at) || comes(at)).collect();
        over(&mut next);
        ways = next;
    }
    ways.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Host;

    impl Subject for Host {
        fn values(&self, field: &Field) -> Vec<String> {
            let values: &[&str] = match field {
                Field::AgentConnected => &["false"],
                Field::AgentVersion => &["1.89.2"],
                Field::Ec2InstanceId => &["i-0a"],
                Field::RegisteredAt => &["2026-03-04T05:00:00Z"],
                Field::RunningTasksCount => &["10"],
                Field::PendingTasksCount => &["0"],
                Field::Status => &["ACTIVE"],
                Field::TaskGroup => &["service:web", "family:job"],
                Field::Attribute(name) => match name.as_str() {
                    "ecs.instance-type" => &["m5.large"],
                    "muster-lost" => &[""],
                    _ => &[],
                },
            };
            values.iter().map(|&value| value.to_owned()).collect()
        }
    }

    #[test]
    fn expressions_mean_what_the_guide_says() {
        let table = [
            ("ec2InstanceId == i-0a", true),
            ("ec2InstanceId == 'i-0a'", true),
            ("ec2InstanceId == \"i-0b\"", false),
            ("ec2InstanceId in ['i-0b','i-0a']", true),
            ("ec2InstanceId in [i-0b, i-0a]", true),
            ("ec2InstanceId in [\"i-0b\"]", false),
            ("ec2InstanceId !in [i-0b]", true),
            ("ec2InstanceId not_in [i-0a]", false),
            ("agentConnected == false", true),
            ("agentConnected equals true", false),
            ("agentConnected != false", false),
            ("runningTasksCount == 10", true),
            ("runningTasksCount < 9", false),
            ("runningTasksCount > 9", true),
            ("runningTasksCount >= 10", true),
            ("runningTasksCount <= 9", false),
            ("runningTasksCount greater_than 9", true),
            ("pendingTasksCount == 0", true),
            ("status == ACTIVE", true),
            ("status == DRAINING", false),
            ("registeredAt < 2026-03-04T05:00:01Z", true),
            ("registeredAt < 2026-03-04T05:00:00+00:00", false),
            ("registeredAt >= 2018-06-18T22:28:28+00:00", true),
            ("attribute:ecs.instance-type == m5.large", true),
            ("attribute:ecs.instance-type =~ m5.*", true),
            ("attribute:ecs.instance-type =~ m5", false),
            ("attribute:ecs.instance-type !~ t2.*", true),
            ("attribute:muster-lost exists", true),
            ("attribute:other exists", false),
            ("attribute:other !exists", true),
            ("attribute:other not_exists", true),
            ("attribute:other != x", true),
            ("task:group == service:web", true),
            ("task:group == service:other", false),
            ("not(task:group == service:web)", false),
            ("!(task:group == service:other)", true),
            ("agentConnected == false and runningTasksCount == 0", false),
            ("agentConnected == false && runningTasksCount == 10", true),
            ("agentConnected == true or status == ACTIVE", true),
            ("status == X and status == X or status == ACTIVE", true),
            ("status == ACTIVE or status == X and status == X", true),
            ("(status == ACTIVE or status == X) and status == X", false),
            ("agentVersion =~ 1.*", true),
        ];
        for (text, wanted) in table {
            let parsed = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(parsed.matches(&Host), wanted, "{text}");
        }
    }

    #[test]
    fn a_malformed_expression_is_an_error() {
        let table = [
            "",
            "ec2InstanceId",
            "attribute:x",
            "ec2InstanceId ==",
            "ec2InstanceId == i-0a extra",
            "== i-0a",
            "nosuch == 1",
            "attribute: == x",
            "ec2InstanceId in i-0a",
            "ec2InstanceId in []",
            "ec2InstanceId in [i-0a",
            "(status == ACTIVE",
            "status == ACTIVE)",
            "status == 'ACTIVE",
            "status = ACTIVE",
            "status == ACTIVE and",
            "and status == ACTIVE",
            "ec2InstanceId == i-0a, i-0b",
            "attribute:x =~ (a|b)",
            "attribute:x =~ a+",
            &"(".repeat(100_000),
            &"not ".repeat(100_000),
        ];
        for text in table {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn many_stars_cost_no_more_than_few() {
        let many = format!("attribute:ecs.instance-type =~ {}x", "m*5*.*".repeat(50));
        let parsed = Expression::parse(&many);
        assert_eq!(parsed.map(|parsed| parsed.matches(&Host)), Ok(false));
        for (pattern, text, wanted) in [
            ("", "", true),
            ("a*", "", true),
            ("a*", "aaa", true),
            ("a*b", "aab", true),
            ("a*ab", "aab", true),
            (".*.", "", false),
            ("..*", "xyz", true),
            ("a*a*", "b", false),
            ("*a", "*a", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), wanted, "{pattern} {text}");
        }
    }
}
