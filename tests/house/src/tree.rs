//! The files of the project, and the template as a tree of values.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every file with one of these endings, as a path from the root, in order; nothing hidden or built.
pub(crate) fn files(endings: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    collect(&root(), &mut found);
    let root = root();
    let mut names: Vec<String> = found
        .iter()
        .filter(|path| path.extension().is_some_and(|e| endings.iter().any(|one| e == *one)))
        .map(|path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with('.') || name == "target" {
            continue;
        }
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push(path);
        }
    }
}

pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The template. Tags are left out: `!Ref X` is the text X.
pub(crate) fn template() -> Value {
    let text = text("template.yaml");
    let documents = Yaml::load_from_str(&text).unwrap();
    assert_eq!(documents.len(), 1);
    value(&documents[0])
}

/// The functions of the template: logical id and properties.
pub(crate) fn functions(template: &Value) -> Vec<(&str, &Value)> {
    let resources = template["Resources"].as_object().unwrap();
    let functions = resources.iter().filter(|(_, one)| one["Type"] == "AWS::Serverless::Function");
    functions.map(|(id, one)| (id.as_str(), &one["Properties"])).collect()
}

fn value(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(is)) => json!(is),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::FloatingPoint(number)) => json!(number.into_inner()),
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Sequence(items) => items.iter().map(value).collect(),
        Yaml::Mapping(members) => {
            let members =
                members.iter().map(|(key, one)| (key.as_str().unwrap().to_owned(), value(one)));
            Value::Object(members.collect())
        }
        Yaml::Tagged(_, inner) => value(inner),
        other => panic!("not read: {other:?}"),
    }
}
