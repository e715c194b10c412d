//! Tags of roles and instance profiles.

use super::{Iam, names, paged, state};
use crate::world::input::{self, invalid};
use crate::world::{Answer, ApiError};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many tags a thing may have.
const MOST: usize = 50;

/// The tags that a request brings.
pub(super) fn given(input: &Value) -> Result<BTreeMap<String, String>, ApiError> {
    let tags = input::tags(input, "Tags")?;
    for (key, value) in &tags {
        if key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(invalid(format!("The tag {key} is too long.")));
        }
        if key.to_lowercase().starts_with("aws:") {
            let text = "Tag keys that begin with aws: are reserved for AWS.";
            return Err(ApiError::client("InvalidInput", text));
        }
    }
    within_limit(&tags)?;
    Ok(tags)
}

fn within_limit(tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
    if tags.len() > MOST {
        return Err(super::conflict("LimitExceeded", format!("At most {MOST} tags are allowed.")));
    }
    Ok(())
}

/// Adds the tags of a request to those that there are.
pub(super) fn add(tags: &mut BTreeMap<String, String>, input: &Value) -> Result<(), ApiError> {
    input::needed(input, "Tags")?;
    let mut all = tags.clone();
    all.extend(given(input)?);
    within_limit(&all)?;
    *tags = all;
    Ok(())
}

/// `TagRole`.
pub(super) fn tag_role(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName", "Tags"])?;
    add(&mut iam.own_role(names::role(input)?)?.tags, input)?;
    Ok(json!({}))
}

/// `UntagRole`. Tags that are not there are done already.
pub(super) fn untag_role(iam: &mut Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName", "TagKeys"])?;
    input::needed(input, "TagKeys")?;
    let keys = input::texts(input, "TagKeys")?;
    let role = iam.own_role(names::role(input)?)?;
    role.tags.retain(|key, _| !keys.contains(&key.as_str()));
    Ok(json!({}))
}

/// `ListRoleTags`.
pub(super) fn of_role(iam: &Iam, input: &Value) -> Answer {
    input::only(input, &["RoleName", "Marker", "MaxItems"])?;
    page(input, &iam.known_role(names::role(input)?)?.tags)
}

/// One page of tags.
pub(super) fn page(input: &Value, tags: &BTreeMap<String, String>) -> Answer {
    let written = state::tags(tags);
    paged(input, "Tags", tags.keys().cloned().zip(written).collect())
}
