//! A body as a tree, in either of the two forms that AWS's answers have.

use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer};
use serde_json::Value;

/// An element of XML.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its namespace, if it names one.
    pub namespace: Option<String>,
    /// Its text, where it has no elements in it.
    pub text: String,
    /// The elements in it.
    pub inner: Vec<Node>,
}

/// A body.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// awsJson.
    Json(Value),
    /// awsQuery and EC2's.
    Xml(Node),
}

/// Where in a tree something is: the number of a member or item in each step.
pub type Path = Vec<usize>;

/// What is done to one place of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edit {
    /// It is left out.
    Remove,
    /// It is there and says nothing: `null`, or an empty element.
    Null,
    /// It is of another type.
    WrongType,
    /// It says a word that nobody knows.
    UnknownWord,
    /// A member that nobody knows stands beside it.
    MoreMembers,
}

/// The word that nobody knows.
pub const WORD: &str = "flux-capacitor";

/// Members that hold a word of a set that AWS may make larger.
const WORDS: [&str; 24] = [
    "DefaultResult",
    "EvalDecision",
    "HealthStatus",
    "LifecycleState",
    "LifecycleTransition",
    "ResourceStatus",
    "StackStatus",
    "Status",
    "StatusCode",
    "agentUpdateStatus",
    "connectivity",
    "desiredStatus",
    "healthStatus",
    "instanceLifecycle",
    "lastStatus",
    "launchType",
    "networkMode",
    "overallStatus",
    "reason",
    "rolloutState",
    "schedulingStrategy",
    "state",
    "status",
    "type",
];

/// Whether a place, by its name, holds such a word.
#[must_use]
pub fn is_word(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    WORDS.contains(&last)
        || name.ends_with("instanceState.name")
        || name.ends_with("eventsSet[].code")
}

impl Tree {
    /// Reads a body; none if it is neither JSON nor XML.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        if body.first() == Some(&b'<') {
            return xml(std::str::from_utf8(body).ok()?).map(Self::Xml);
        }
        serde_json::from_slice(body).ok().map(Self::Json)
    }

    /// Writes it as a body.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        match self {
            Self::Json(value) => value.to_string().into_bytes(),
            Self::Xml(node) => {
                let mut writer = Writer::new(Vec::new());
                write(node, &mut writer);
                writer.into_inner()
            }
        }
    }

    /// Every place in it but the root, with its name: `clusters[].status`.
    #[must_use]
    pub fn places(&self) -> Vec<(Path, String)> {
        let mut all = Vec::new();
        match self {
            Self::Json(value) => json_places(value, &mut Vec::new(), "", &mut all),
            Self::Xml(node) => xml_places(node, &mut Vec::new(), "", &mut all),
        }
        all
    }

    /// Does something to one place of it; whether it could be done there.
    pub fn edit(&mut self, path: &[usize], edit: Edit) -> bool {
        let Some((last, before)) = path.split_last() else { return false };
        match self {
            Self::Json(value) => {
                let holder = before.iter().try_fold(value, |value, step| json_at(value, *step));
                holder.is_some_and(|holder| edit_json(holder, *last, edit))
            }
            Self::Xml(node) => {
                let holder = before.iter().try_fold(node, |node, step| node.inner.get_mut(*step));
                holder.is_some_and(|holder| edit_xml(holder, *last, edit))
            }
        }
    }

    /// The text at a place, if it is one.
    #[must_use]
    pub fn text(&mut self, path: &[usize]) -> Option<String> {
        match self {
            Self::Json(value) => {
                let found = path.iter().try_fold(value, |value, step| json_at(value, *step))?;
                found.as_str().map(str::to_owned)
            }
            Self::Xml(node) => {
                let found = path.iter().try_fold(node, |node, step| node.inner.get_mut(*step))?;
                found.inner.is_empty().then(|| found.text.clone())
            }
        }
    }
}

fn json_at(value: &mut Value, step: usize) -> Option<&mut Value> {
    match value {
        Value::Array(items) => items.get_mut(step),
        Value::Object(members) => members.values_mut().nth(step),
        _ => None,
    }
}

fn json_places(value: &Value, path: &mut Path, name: &str, all: &mut Vec<(Path, String)>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().map(|one| (format!("{name}[]"), one)).collect(),
        Value::Object(members) => {
            let dot = if name.is_empty() { "" } else { "." };
            members.iter().map(|(key, one)| (format!("{name}{dot}{key}"), one)).collect()
        }
        _ => return,
    };
    for (at, (name, one)) in inner.into_iter().enumerate() {
        path.push(at);
        all.push((path.clone(), name.clone()));
        json_places(one, path, &name, all);
        path.pop();
    }
}

fn edit_json(holder: &mut Value, at: usize, edit: Edit) -> bool {
    let key = holder.as_object().and_then(|members| members.keys().nth(at).cloned());
    let Some(one) = json_at(holder, at) else { return false };
    match edit {
        Edit::Null => *one = Value::Null,
        Edit::UnknownWord if one.is_string() => *one = Value::from(WORD),
        Edit::UnknownWord => return false,
        Edit::WrongType => {
            *one = match one {
                Value::Number(_) => Value::from("many"),
                Value::Bool(_) => Value::from("perhaps"),
                Value::String(_) => serde_json::json!({ "said": 1 }),
                Value::Array(_) => Value::from("a list"),
                Value::Object(_) | Value::Null => Value::from(7),
            };
        }
        Edit::Remove | Edit::MoreMembers => match (holder, key, edit) {
            (Value::Object(members), Some(key), Edit::Remove) => {
                members.remove(&key);
            }
            (Value::Object(members), _, _) => {
                members.insert("fluxCapacitor".to_owned(), serde_json::json!({ "jigawatts": [1] }));
            }
            (Value::Array(items), _, Edit::Remove) => drop(items.remove(at)),
            _ => return false,
        },
    }
    true
}

fn xml(text: &str) -> Option<Node> {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Node::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                let namespace = start.try_get_attribute("xmlns").ok()?;
                let namespace = namespace.map(|one| one.value.into_owned());
                open.push(Node { name, namespace, ..Node::default() });
            }
            Event::Empty(start) => {
                let name = start.name().as_ref().to_owned();
                open.last_mut()?.inner.push(Node { name, ..Node::default() });
            }
            Event::End(_) => {
                let node = open.pop()?;
                open.last_mut()?.inner.push(node);
            }
            Event::Text(told) => open.last_mut()?.text.push_str(&told),
            Event::GeneralRef(told) => {
                let one = quick_xml::escape::resolve_predefined_entity(&told)?;
                open.last_mut()?.text.push_str(one);
            }
            Event::Eof => return open.pop()?.inner.pop(),
            _ => {}
        }
    }
}

fn write(node: &Node, writer: &mut Writer<Vec<u8>>) {
    let mut start = BytesStart::new(node.name.as_str());
    if let Some(namespace) = &node.namespace {
        start.push_attribute(("xmlns", namespace.as_str()));
    }
    // Writing to memory cannot fail.
    drop(writer.write_event(Event::Start(start)));
    if node.inner.is_empty() {
        drop(writer.write_event(Event::Text(BytesText::new(&node.text))));
    }
    for one in &node.inner {
        write(one, writer);
    }
    drop(writer.write_event(Event::End(BytesEnd::new(node.name.as_str()))));
}

fn is_item(name: &str) -> bool {
    matches!(name, "member" | "item")
}

fn xml_places(node: &Node, path: &mut Path, name: &str, all: &mut Vec<(Path, String)>) {
    for (at, one) in node.inner.iter().enumerate() {
        let name = match (is_item(&one.name), name.is_empty()) {
            (true, _) => format!("{name}[]"),
            (false, true) => one.name.clone(),
            (false, false) => format!("{name}.{}", one.name),
        };
        path.push(at);
        all.push((path.clone(), name.clone()));
        xml_places(one, path, &name, all);
        path.pop();
    }
}

fn edit_xml(holder: &mut Node, at: usize, edit: Edit) -> bool {
    let Some(one) = holder.inner.get_mut(at) else { return false };
    let is_leaf = one.inner.is_empty();
    // An empty element is how XML says that a list is empty.
    let is_list = one.inner.iter().any(|one| is_item(&one.name)) || is_leaf && one.text.is_empty();
    match edit {
        Edit::Remove => drop(holder.inner.remove(at)),
        Edit::Null | Edit::WrongType if is_list => return false,
        Edit::Null => (one.text, one.inner) = (String::new(), Vec::new()),
        Edit::UnknownWord if is_leaf => WORD.clone_into(&mut one.text),
        Edit::UnknownWord => return false,
        Edit::WrongType if is_leaf && one.text.parse::<f64>().is_ok() => {
            "many".clone_into(&mut one.text);
        }
        Edit::WrongType if is_leaf && matches!(one.text.as_str(), "true" | "false") => {
            "perhaps".clone_into(&mut one.text);
        }
        Edit::WrongType if is_leaf => {
            let inner = Node { name: "said".to_owned(), text: "1".to_owned(), ..Node::default() };
            one.inner = vec![inner];
        }
        Edit::WrongType => (one.text, one.inner) = ("a list".to_owned(), Vec::new()),
        Edit::MoreMembers => {
            let jigawatts = Node { name: "member".to_owned(), ..Node::default() };
            let more = Node {
                name: "fluxCapacitor".to_owned(),
                inner: vec![jigawatts],
                ..Node::default()
            };
            if is_item(&one.name) {
                return false;
            }
            holder.inner.insert(at, more);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_edited_at_any_place_and_written_again() {
        let json = br#"{"clusters":[{"status":"ACTIVE"}],"n":1}"#;
        let xml = b"<R xmlns=\"u\"><A><member><S>a&amp;b</S></member></A></R>";
        for (body, place) in [(json.as_slice(), "clusters[].status"), (xml, "A[].S")] {
            let tree = Tree::read(body).unwrap();
            assert_eq!(tree.write(), body);
            let places = tree.places();
            let (path, _) = places.iter().find(|(_, name)| name == place).unwrap();
            let mut other = tree.clone();
            assert!(other.edit(path, Edit::UnknownWord));
            assert_eq!(other.text(path).as_deref(), Some(WORD));
            for (path, _) in &places {
                for edit in [Edit::Remove, Edit::Null, Edit::WrongType, Edit::MoreMembers] {
                    let mut other = tree.clone();
                    let done = other.edit(path, edit);
                    assert_eq!(done, other != tree, "{path:?} {edit:?}");
                }
            }
        }
    }
}
