//! ECS's cluster query language, as far as it speaks of attributes: what a `memberOf` placement constraint says
//! (*Create expressions to define container instances* in the ECS developer guide).

use regex_lite::{Regex, RegexBuilder};
use std::collections::BTreeMap;

/// So many brackets and negations an expression may have: more nest deeper than a stack should, and than anybody writes.
const MOST_NESTED: usize = 100;
/// So many bytes a pattern may take when it is made: repetitions of repetitions take as many as they are let, and anybody
/// who may register a task definition writes some.
const MOST_OF_PATTERN: usize = 256 * 1024;

/// A constraint that can be asked of a host.
#[derive(Clone, Debug)]
pub struct Expression(Node);

#[derive(Clone, Debug)]
enum Node {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// An attribute, and what is asked of it.
    Attribute(String, Test),
    /// What attributes do not tell.
    Unknown,
}

#[derive(Clone, Debug)]
enum Test {
    Exists,
    OneOf(Vec<String>),
    Matches(Regex),
}

impl Expression {
    /// Reads an expression; `None` if it is none.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let words = words(text)?;
        let nests = |word: &&String| matches!(word.as_str(), "(" | "!" | "not");
        if words.iter().filter(nests).count() > MOST_NESTED {
            return None;
        }
        let mut rest = words.as_slice();
        let node = any(&mut rest)?;
        rest.is_empty().then_some(Self(node))
    }

    /// Whether a host of these attributes fulfils it; `None` if attributes do not tell.
    #[must_use]
    pub fn holds(&self, attributes: &BTreeMap<String, String>) -> Option<bool> {
        self.0.holds(attributes)
    }

    /// Whether it speaks of this attribute.
    #[must_use]
    pub fn names(&self, attribute: &str) -> bool {
        self.0.names(attribute)
    }
}

impl Node {
    fn holds(&self, attributes: &BTreeMap<String, String>) -> Option<bool> {
        match self {
            Self::Unknown => None,
            Self::Not(inner) => inner.holds(attributes).map(|holds| !holds),
            Self::All(all) => decide(all, attributes, false),
            Self::Any(all) => decide(all, attributes, true),
            Self::Attribute(name, test) => {
                let value = attributes.get(name);
                Some(match test {
                    Test::Exists => value.is_some(),
                    Test::OneOf(values) => value.is_some_and(|value| values.contains(value)),
                    Test::Matches(pattern) => value.is_some_and(|value| pattern.is_match(value)),
                })
            }
        }
    }

    fn names(&self, attribute: &str) -> bool {
        match self {
            Self::Unknown => false,
            Self::Not(inner) => inner.names(attribute),
            Self::All(all) | Self::Any(all) => all.iter().any(|one| one.names(attribute)),
            Self::Attribute(name, _) => name == attribute,
        }
    }
}

/// One that says `by` decides; else an unknown one leaves it open.
fn decide(all: &[Node], attributes: &BTreeMap<String, String>, by: bool) -> Option<bool> {
    let told: Vec<Option<bool>> = all.iter().map(|one| one.holds(attributes)).collect();
    if told.contains(&Some(by)) {
        return Some(by);
    }
    (!told.contains(&None)).then_some(!by)
}

/// Words, and the signs that stand by themselves.
fn words(text: &str) -> Option<Vec<String>> {
    const SIGNS: [&str; 15] =
        ["&&", "||", "==", "!=", ">=", "<=", "=~", "!~", "(", ")", "[", "]", ",", ">", "<"];
    let mut all: Vec<String> = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let of_pattern = all.last().is_some_and(|last| last == "=~" || last == "!~");
        let length = if first == '"' || first == '\'' {
            rest.get(1..)?.find(first)?.saturating_add(2)
        } else if of_pattern {
            // A pattern may hold signs of its own, and goes to the next blank.
            rest.find(char::is_whitespace).unwrap_or(rest.len())
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            sign.len()
        } else {
            // `!exists` and `!in` are words; the sign of `!(…)` and of `a!=b` stands by itself.
            let ends = |c: char| c.is_whitespace() || "()[],=<>&|".contains(c);
            let length = rest.get(1..)?.find(ends).map_or(rest.len(), |at| at.saturating_add(1));
            if rest.get(..length)?.ends_with('!') { length.saturating_sub(1) } else { length }
        };
        let (word, after) = rest.split_at_checked(length.max(1))?;
        all.push(word.trim_matches(['"', '\'']).to_owned());
        rest = after.trim_start();
    }
    Some(all)
}

fn next(rest: &mut &[String]) -> Option<String> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    Some(first.clone())
}

fn joined(
    rest: &mut &[String],
    signs: [&str; 2],
    part: fn(&mut &[String]) -> Option<Node>,
) -> Option<Vec<Node>> {
    let mut all = vec![part(rest)?];
    while rest.first().is_some_and(|word| signs.contains(&word.as_str())) {
        next(rest)?;
        all.push(part(rest)?);
    }
    Some(all)
}

fn any(rest: &mut &[String]) -> Option<Node> {
    joined(rest, ["||", "or"], every).map(Node::Any)
}

fn every(rest: &mut &[String]) -> Option<Node> {
    joined(rest, ["&&", "and"], one).map(Node::All)
}

fn one(rest: &mut &[String]) -> Option<Node> {
    let word = next(rest)?;
    match word.as_str() {
        "!" | "not" => Some(Node::Not(Box::new(one(rest)?))),
        "(" => {
            let inner = any(rest)?;
            (next(rest)? == ")").then_some(inner)
        }
        subject => asked(subject, rest),
    }
}

fn asked(subject: &str, rest: &mut &[String]) -> Option<Node> {
    let operator = next(rest)?;
    let operator = operator.to_ascii_lowercase();
    let (negated, test) = match operator.as_str() {
        "exists" => (false, Test::Exists),
        "!exists" | "not_exists" => (true, Test::Exists),
        "==" | "equals" => (false, Test::OneOf(vec![next(rest)?])),
        "!=" | "not_equals" => (true, Test::OneOf(vec![next(rest)?])),
        "in" => (false, Test::OneOf(list(rest)?)),
        "!in" | "not_in" => (true, Test::OneOf(list(rest)?)),
        "=~" | "matches" => (false, Test::Matches(pattern(&next(rest)?)?)),
        "!~" | "not_matches" => (true, Test::Matches(pattern(&next(rest)?)?)),
        // An order among attributes is not one of hosts' names or types: nobody can tell what is meant.
        ">" | ">=" | "<" | "<=" | "greater_than" | "greater_than_equal" | "less_than"
        | "less_than_equal" => {
            next(rest)?;
            return Some(Node::Unknown);
        }
        _ => return None,
    };
    let node = match subject.split_once(':') {
        Some(("attribute", name)) => Node::Attribute(name.to_owned(), test),
        _ => return Some(Node::Unknown),
    };
    Some(if negated { Node::Not(Box::new(node)) } else { node })
}

fn list(rest: &mut &[String]) -> Option<Vec<String>> {
    let mut all = Vec::new();
    (next(rest)? == "[").then_some(())?;
    loop {
        match next(rest)?.as_str() {
            "]" => return Some(all),
            "," => {}
            word => all.push(word.to_owned()),
        }
    }
}

/// ECS's patterns are Java's and match the whole value.
fn pattern(text: &str) -> Option<Regex> {
    RegexBuilder::new(&format!("^(?:{text})$")).size_limit(MOST_OF_PATTERN).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> BTreeMap<String, String> {
        [
            ("ecs.instance-type", "m7g.large"),
            ("ecs.availability-zone", "us-west-2a"),
            ("stack", "web"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    #[test]
    fn the_guides_own_examples_are_understood() {
        let cases = [
            ("attribute:ecs.instance-type == m7g.large", Some(true)),
            ("attribute:ecs.instance-type==m7g.small", Some(false)),
            ("attribute:ecs.availability-zone in [us-east-1a, us-west-2a]", Some(true)),
            ("attribute:ecs.availability-zone !in [us-east-1a,us-west-2a]", Some(false)),
            ("attribute:ecs.instance-type =~ m7g.*", Some(true)),
            ("attribute:ecs.instance-type !~ g2.*", Some(true)),
            ("attribute:stack exists and attribute:ecs.instance-type != t2.small", Some(true)),
            ("attribute:gpu exists", Some(false)),
            ("not(attribute:gpu exists)", Some(true)),
            ("!(attribute:stack exists)", Some(false)),
            (
                "attribute:gpu !exists && (attribute:stack == \"web\" || attribute:stack == db)",
                Some(true),
            ),
            ("task:group == databases", None),
            ("task:group == databases or attribute:stack == web", Some(true)),
            ("runningTasksCount > 3 and attribute:stack == db", Some(false)),
        ];
        for (text, told) in cases {
            let read = Expression::read(text);
            assert!(read.is_some(), "{text}");
            assert_eq!(read.and_then(|it| it.holds(&host())), told, "{text}");
        }
    }

    #[test]
    fn quoted_words_patterns_and_signs_are_told_apart() {
        for (text, expected) in [
            ("a == \"b c\"", vec!["a", "==", "b c"]),
            ("a == 'b (c'", vec!["a", "==", "b (c"]),
            ("a =~ m7g.(large|small) && b", vec!["a", "=~", "m7g.(large|small)", "&&", "b"]),
            ("a !~ (x|y)[0-9]+ or b", vec!["a", "!~", "(x|y)[0-9]+", "or", "b"]),
            ("a =~ 'x y'", vec!["a", "=~", "x y"]),
            ("a!=b", vec!["a", "!=", "b"]),
            ("!(a !exists)", vec!["!", "(", "a", "!exists", ")"]),
            ("! (a)", vec!["!", "(", "a", ")"]),
            ("a in[b,c]", vec!["a", "in", "[", "b", ",", "c", "]"]),
        ] {
            let told = words(text).unwrap_or_default();
            assert_eq!(told, expected, "{text}");
        }
        assert_eq!(words("a == \"b"), None);
    }

    #[test]
    fn what_is_no_expression_is_not_guessed_at() {
        for text in [
            "",
            "(",
            "attribute:a",
            "attribute:a ==",
            "attribute:a in [b",
            "a b c",
            "attribute:a =~ (",
            "attribute:a =~ (((w{99}){99}){99}){99}",
            &"(".repeat(100_000),
            &"not ".repeat(100_000),
        ] {
            assert!(Expression::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn it_tells_which_attributes_it_speaks_of() {
        let zone = Expression::read("not(attribute:ecs.availability-zone == us-west-2a)");
        assert!(zone.is_some_and(|it| it.names("ecs.availability-zone") && !it.names("stack")));
    }
}
