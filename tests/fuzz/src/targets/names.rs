//! Names and ARNs, a text each.

use super::is_fit_to_print;
use domain::names::{NotAName, RoleName};
use domain::{ClusterName, GroupName, InstanceId, RegistrationArn};
use lambda::Place;
use std::fmt::Display;
use std::str::FromStr;

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for text in text.lines().chain([text.as_ref()]) {
        name::<InstanceId>(text);
        name::<ClusterName>(text);
        name::<GroupName>(text);
        name::<RegistrationArn>(text);
        name::<RoleName>(text);
        match ClusterName::of(text) {
            Ok(name) => assert!(text.ends_with(name.as_str())),
            Err(bad) => is_fit_to_print(&bad, 500),
        }
        if let Some(place) = Place::of_function(text) {
            assert_eq!(place.account.len(), 12);
            let head = format!("arn:{}:lambda:{}:{}", place.partition, place.region, place.account);
            assert!(text.starts_with(&head), "{text}");
        }
    }
}

/// What passes is the same when it is written, and fit to be written; what does not is told by its shape.
fn name<T: FromStr<Err = NotAName> + Display>(text: &str) {
    match text.parse::<T>() {
        Ok(name) => {
            assert_eq!(name.to_string(), text);
            is_fit_to_print(&name, 1_100);
        }
        Err(bad) => is_fit_to_print(&bad, 500),
    }
}
