//! A YAML tree that knows its lines: every complaint names the field and where it stands.

use saphyr::{MarkedYaml, Scalar, YamlData};
use std::collections::BTreeSet;
use std::fmt::Display;

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {told}")]
pub(crate) struct Wrong {
    line: usize,
    told: String,
}

/// A value of the file, with its path.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    yaml: &'a MarkedYaml<'a>,
    path: String,
}

/// A mapping, and which of its fields were read.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    node: Node<'a>,
    members: Vec<(String, usize, Node<'a>)>,
    known: BTreeSet<&'static str>,
}

/// A whole file.
pub(super) fn wrong(line: usize, told: impl Display) -> Wrong {
    Wrong { line, told: told.to_string() }
}

impl<'a> Node<'a> {
    pub(super) const fn root(yaml: &'a MarkedYaml<'a>) -> Self {
        Self { yaml, path: String::new() }
    }

    pub(super) fn wrong(&self, told: impl Display) -> Wrong {
        let path = if self.path.is_empty() { "the file" } else { &self.path };
        wrong(self.yaml.span.start.line(), format!("{path} {told}"))
    }

    /// A mapping.
    pub(super) fn fields(&self) -> Result<Fields<'a>, Wrong> {
        let YamlData::Mapping(mapping) = &self.yaml.data else {
            return Err(self.wrong("must be fields with values"));
        };
        let mut members = Vec::new();
        for (key, yaml) in mapping {
            let YamlData::Value(Scalar::String(name)) = &key.data else {
                return Err(wrong(key.span.start.line(), "a field's name must be a word"));
            };
            let path = if self.path.is_empty() {
                name.to_string()
            } else {
                format!("{}.{name}", self.path)
            };
            members.push((name.to_string(), key.span.start.line(), Node { yaml, path }));
        }
        Ok(Fields { node: self.clone(), members, known: BTreeSet::new() })
    }

    /// A list.
    pub(super) fn items(&self, most: usize) -> Result<Vec<Self>, Wrong> {
        let YamlData::Sequence(items) = &self.yaml.data else {
            return Err(self.wrong("must be a list"));
        };
        if items.len() > most {
            return Err(self.wrong(format!("must have at most {most} entries")));
        }
        let item = |(at, yaml)| Node { yaml, path: format!("{}[{at}]", self.path) };
        Ok(items.iter().enumerate().map(item).collect())
    }

    pub(super) const fn is_mapping(&self) -> bool {
        matches!(self.yaml.data, YamlData::Mapping(_))
    }

    /// A scalar as it would be written.
    pub(super) fn text(&self) -> Result<String, Wrong> {
        match &self.yaml.data {
            YamlData::Value(Scalar::String(text)) => Ok(text.to_string()),
            YamlData::Value(Scalar::Integer(number)) => Ok(number.to_string()),
            YamlData::Value(Scalar::FloatingPoint(number)) => Ok(number.to_string()),
            YamlData::Value(Scalar::Boolean(is)) => Ok(is.to_string()),
            _ => Err(self.wrong("must be a text or a number")),
        }
    }

    /// A whole number within bounds.
    pub(super) fn number(&self, least: u32, most: u32) -> Result<u32, Wrong> {
        let text = self.text()?;
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| {
            self.wrong(format!("must be a whole number from {least} to {most}, not {text:?}"))
        })
    }

    /// A part such as `2%` or `0.5%`, in millionths.
    pub(super) fn percent(&self) -> Result<u32, Wrong> {
        let text = self.text()?;
        let part = text.strip_suffix('%').and_then(|text| text.trim().parse::<f64>().ok());
        let part = part.filter(|part| (0.0..=100.0).contains(part));
        let millionths = part.and_then(|part| format!("{:.0}", part * 10_000.0).parse().ok());
        millionths
            .ok_or_else(|| self.wrong(format!("must be a part from 0% to 100%, not {text:?}")))
    }

    /// An amount of money.
    pub(super) fn price(&self) -> Result<f64, Wrong> {
        let text = self.text()?;
        let price = text.parse::<f64>().ok().filter(|price| (0.0..=1_000.0).contains(price));
        price.ok_or_else(|| self.wrong(format!("must be a price from 0 to 1000, not {text:?}")))
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Wrong> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(format!("must be one of {}, not {text:?}", names.join(", ")))
        })
    }
}

impl<'a> Fields<'a> {
    /// A field, if it is there.
    pub(super) fn get(&mut self, name: &'static str) -> Option<Node<'a>> {
        self.known.insert(name);
        self.members.iter().find(|(key, ..)| key == name).map(|(.., node)| node.clone())
    }

    /// A field that must be there; one that nearly has its name is told of first.
    pub(super) fn need(&mut self, name: &'static str) -> Result<Node<'a>, Wrong> {
        let near = |key: &str| {
            !self.known.contains(key)
                && strsim::damerau_levenshtein(key, name) <= name.len() / 3 + 1
        };
        let meant = self.members.iter().find(|(key, ..)| near(key));
        let absent = match meant {
            Some((key, line, node)) => unknown_name(*line, &node.path, key, std::iter::once(name)),
            None => self.node.wrong(format!("has no {name}")),
        };
        self.get(name).ok_or(absent)
    }

    /// A whole number within bounds, or what it is where it is not said.
    pub(super) fn number_or(
        &mut self,
        name: &'static str,
        otherwise: u32,
        least: u32,
        most: u32,
    ) -> Result<u32, Wrong> {
        self.get(name).map_or(Ok(otherwise), |node| node.number(least, most))
    }

    /// All fields with their names and lines: for a mapping whose names somebody else knows.
    pub(super) fn all(self) -> Vec<(String, usize, Node<'a>)> {
        self.members
    }

    /// Refuses what was not asked for.
    pub(super) fn end(self) -> Result<(), Wrong> {
        let unknown = self.members.iter().find(|(name, ..)| !self.known.contains(name.as_str()));
        unknown.map_or(Ok(()), |(name, line, node)| {
            Err(unknown_name(*line, &node.path, name, self.known.iter().copied()))
        })
    }
}

/// A name that there is not, with the nearest that there is.
pub(super) fn unknown_name<'n>(
    line: usize,
    path: &str,
    name: &str,
    known: impl Iterator<Item = &'n str>,
) -> Wrong {
    let known: Vec<&str> = known.collect();
    let near = known.iter().map(|one| (strsim::damerau_levenshtein(one, name), *one)).min();
    let told = match near.filter(|(far, one)| *far <= one.len() / 3 + 1) {
        Some((_, one)) => format!("{path} is not known; is {one} meant?"),
        None => format!("{path} is not known; there are {}", known.join(", ")),
    };
    wrong(line, told)
}
