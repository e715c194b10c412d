//! Reading the values of properties: leniently in kind, as CloudFormation hands every scalar over as a text, and
//! strictly in what they say.

use crate::names::ClusterName;
use serde_json::Value;

/// A property that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PropertyError {
    /// It is none of ours.
    #[error("unknown property {name}{}", nearest.as_ref().map(|near| format!("; did you mean {near}?")).unwrap_or_default())]
    Unknown {
        /// Its name.
        name: String,
        /// The nearest name that is ours.
        nearest: Option<&'static str>,
    },
    /// It is not what it should be.
    #[error("{name} must be {expected}, not {shape}")]
    Bad {
        /// Its name.
        name: String,
        /// What it should be.
        expected: &'static str,
        /// What it is like.
        shape: String,
    },
    /// IAM, or CloudFormation, would not take what it comes to.
    #[error("{name} comes to {what}: {is}, and at most {most} are taken")]
    TooMuch {
        /// The property, or the role that it makes.
        name: String,
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        is: usize,
        /// How much there may be.
        most: usize,
    },
}

pub(crate) fn bad(name: impl Into<String>, expected: &'static str, value: &Value) -> PropertyError {
    let shape = match value {
        Value::Null => "missing".to_owned(),
        // Never the value itself: a template may say NoEcho of it.
        Value::String(text) if text.is_empty() => "an empty text".to_owned(),
        Value::String(text) => format!("a text of {} characters", text.chars().count()),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(fields) => format!("an object of {} fields", fields.len()),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(_) => "a number".to_owned(),
    };
    PropertyError::Bad { name: name.into(), expected, shape }
}

/// The beginning of a text that anyone may have written, safe to print.
pub(crate) fn shown(text: &str, most: usize) -> String {
    text.chars().take(most).flat_map(char::escape_default).collect()
}

/// An unknown name, with the nearest of the known ones.
pub(crate) fn unknown(prefix: &str, name: &str, known: &[&'static str]) -> PropertyError {
    let short = shown(name, 60);
    let closest = known.iter().map(|one| (strsim::damerau_levenshtein(&short, one), *one)).min();
    let nearest = closest.filter(|(distance, _)| *distance <= 4).map(|(_, one)| one);
    PropertyError::Unknown { name: format!("{prefix}{short}"), nearest }
}

/// Properties that CloudFormation puts beside ours.
const NOT_OURS: [&str; 2] = ["ServiceToken", "ServiceTimeout"];

/// That these are properties, and none but those known.
pub(crate) fn closed(value: &Value, known: &[&'static str]) -> Result<(), PropertyError> {
    let fields = match value {
        Value::Object(fields) => fields,
        Value::Null => return Ok(()),
        other => return Err(bad("ResourceProperties", "an object", other)),
    };
    let ours = |name: &&String| !NOT_OURS.contains(&name.as_str());
    match fields.keys().filter(ours).find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(unknown("", name, known)),
        None => Ok(()),
    }
}

pub(crate) fn is_plain(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')
}

/// The property `ClusterName`.
pub(crate) fn cluster(value: &Value) -> Result<ClusterName, PropertyError> {
    let expected = "a cluster's name: letters, digits, hyphens and underscores";
    let name = value.as_str().and_then(|name| ClusterName::try_from(name.to_owned()).ok());
    name.ok_or_else(|| bad("ClusterName", expected, value))
}

/// `true` or `false`, in either kind.
pub(crate) fn flag(name: &str, value: &Value, otherwise: bool) -> Result<bool, PropertyError> {
    match value {
        Value::Null => Ok(otherwise),
        Value::Bool(is) => Ok(*is),
        Value::String(text) if text == "true" => Ok(true),
        Value::String(text) if text == "false" => Ok(false),
        other => Err(bad(name, "true or false", other)),
    }
}

/// A whole number within bounds, in either kind.
pub(crate) fn number(
    name: &str,
    value: &Value,
    (least, most): (u32, u32),
    expected: &'static str,
    otherwise: u32,
) -> Result<u32, PropertyError> {
    let read = match value {
        Value::Null => return Ok(otherwise),
        Value::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    read.filter(|number| (least..=most).contains(number)).ok_or_else(|| bad(name, expected, value))
}

/// A value, or a list of them.
fn items(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    }
}

/// How many names a property may list.
const MOST_NAMES: usize = 50;

/// Names of AWS things as they go into an ARN, in order and once each.
pub(crate) fn names(at: &str, value: &Value, kind: &Kind) -> Result<Vec<String>, PropertyError> {
    let read = |item: &Value| {
        let name = item.as_str().filter(|name| kind.takes(name));
        name.map(str::to_owned).ok_or_else(|| bad(at, kind.expected, item))
    };
    let all = items(value);
    if all.len() > MOST_NAMES {
        let (what, is) = ("names", all.len());
        return Err(PropertyError::TooMuch { name: at.to_owned(), what, is, most: MOST_NAMES });
    }
    let mut names: Vec<String> = all.iter().map(read).collect::<Result<_, _>>()?;
    names.sort();
    names.dedup();
    Ok(names)
}

/// What a name of some kind may look like. No question mark ever, and a star at the end at most: a name must not grow
/// into other names.
pub(crate) struct Kind {
    expected: &'static str,
    /// Characters beside letters, digits, hyphens, underscores and full stops.
    also: &'static [u8],
    /// Whether a star may stand at the end.
    star: bool,
    most: usize,
}

impl Kind {
    fn takes(&self, name: &str) -> bool {
        let stem = if self.star { name.strip_suffix('*').unwrap_or(name) } else { name };
        let plain = |b: u8| is_plain(b) || self.also.contains(&b);
        !stem.is_empty() && name.len() <= self.most && stem.bytes().all(plain)
    }
}

const fn kind(expected: &'static str, also: &'static [u8], star: bool, most: usize) -> Kind {
    Kind { expected, also, star, most }
}

pub(crate) const GROUP: Kind = kind("an Auto Scaling group's name", b" /()[]{}@+=,#!&", false, 255);
pub(crate) const REPOSITORY: Kind =
    kind("a repository's name, or its beginning and a star", b"/", true, 256);
pub(crate) const LOG_GROUP: Kind =
    kind("a log group's name, or its beginning and a star", b"/#", true, 512);
pub(crate) const BUCKET: Kind =
    kind("a bucket, or bucket/key, or bucket/beginning-of-key*", b"/!'()=+@", true, 1_024);
pub(crate) const QUEUE: Kind = kind("a queue's name, or its beginning and a star", b"", true, 80);
pub(crate) const TOPIC: Kind = kind("a topic's name, or its beginning and a star", b"", true, 256);
pub(crate) const TABLE: Kind = kind("a table's name, or its beginning and a star", b"", true, 255);
pub(crate) const PARAMETER: Kind =
    kind("a parameter's name, or its beginning and a star", b"/", true, 1_011);
pub(crate) const SECRET: Kind =
    kind("a secret's name, or its beginning and a star", b"/+=@", true, 512);
pub(crate) const KEY: Kind = kind("the id of a KMS key, not an alias", b"", false, 256);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_bad_is_told_by_its_shape_and_never_itself() {
        for (value, shape) in [
            (json!(null), "missing"),
            (json!(""), "an empty text"),
            (json!("secret"), "a text of 6 characters"),
            (json!([1, 2]), "a list of 2"),
            (json!({ "a": 1 }), "an object of 1 fields"),
            (json!(true), "a boolean"),
            (json!(7), "a number"),
        ] {
            let told = bad("Name", "well", &value).to_string();
            assert_eq!(told, format!("Name must be well, not {shape}"));
        }
    }

    #[test]
    fn a_flag_is_true_or_false_in_either_kind_and_nothing_else() {
        let read = |value: Value| flag("Flag", &value, true).ok();
        assert_eq!(
            (read(json!(null)), flag("Flag", &Value::Null, false).ok()),
            (Some(true), Some(false))
        );
        assert_eq!((read(json!(true)), read(json!("true"))), (Some(true), Some(true)));
        assert_eq!((read(json!(false)), read(json!("false"))), (Some(false), Some(false)));
        for bad in [json!("yes"), json!("True"), json!(1), json!([true])] {
            assert_eq!(read(bad.clone()), None, "{bad}");
        }
    }

    #[test]
    fn a_number_is_whole_and_within_bounds_in_either_kind() {
        let read = |value: Value| number("Number", &value, (1, 9), "1 to 9", 5).ok();
        assert_eq!(read(json!(null)), Some(5));
        assert_eq!((read(json!(1)), read(json!("9"))), (Some(1), Some(9)));
        for bad in [json!(0), json!(10), json!("10"), json!(1.5), json!(-1), json!(""), json!([1])]
        {
            assert_eq!(read(bad.clone()), None, "{bad}");
        }
    }

    #[test]
    fn names_are_in_order_once_each_and_at_most_fifty() {
        let many = |count: u32| {
            let all: Vec<String> = (0..count).map(|n| format!("queue-{n:02}")).collect();
            names("Queues", &json!(all), &QUEUE)
        };
        assert_eq!(many(50).map(|all| all.len()), Ok(50));
        assert!(many(51).unwrap_err().to_string().contains("51, and at most 50"));
        let all = names("Queues", &json!(["b", "a", "b"]), &QUEUE);
        assert_eq!(all, Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(names("Queues", &json!("a"), &QUEUE), Ok(vec!["a".to_owned()]));
        assert_eq!(names("Queues", &json!(null), &QUEUE), Ok(Vec::new()));
    }

    // A name must not grow into other names.
    #[test]
    fn a_name_is_plain_with_a_star_at_the_end_at_most() {
        for fits in ["a", "a-b_c.d", "a*", "A9"] {
            assert!(QUEUE.takes(fits), "{fits}");
        }
        for bad in ["", "*", "a*b", "*a", "a**", "a?", "a b", "a/b", "é", "${x}"] {
            assert!(!QUEUE.takes(bad), "{bad}");
        }
        assert!(QUEUE.takes(&"a".repeat(80)) && !QUEUE.takes(&"a".repeat(81)));
        assert!(BUCKET.takes("bucket/key(1)!*") && !BUCKET.takes("bucket/key#1"));
        assert!(KEY.takes("11111111-2222") && !KEY.takes("11111111-*"));
    }
}
