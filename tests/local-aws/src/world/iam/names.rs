//! Names, paths and ids.

use crate::world::ApiError;
use crate::world::core::Core;
use crate::world::input::{self, invalid};
use serde_json::Value;

/// A name that must be there and be one.
pub(super) fn name<'a>(input: &'a Value, member: &str, most: usize) -> Result<&'a str, ApiError> {
    let name = input::text(input, member)?;
    if name.chars().count() > most {
        return Err(invalid(format!(
            "1 validation error detected: Value '{name}' at '{member}' failed to satisfy constraint: \
             Member must have length less than or equal to {most}"
        )));
    }
    if !name.chars().all(|it| it.is_ascii_alphanumeric() || "_+=,.@-".contains(it)) {
        return Err(invalid(format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric \
             characters and/or the following: +=,.@_-"
        )));
    }
    Ok(name)
}

/// The name of a role.
pub(super) fn role(input: &Value) -> Result<&str, ApiError> {
    name(input, "RoleName", 64)
}

/// The name of an instance profile.
pub(super) fn profile(input: &Value) -> Result<&str, ApiError> {
    name(input, "InstanceProfileName", 128)
}

/// A path; `/` if there is none.
pub(super) fn path(input: &Value) -> Result<&str, ApiError> {
    let path = input::opt_text(input, "Path")?.unwrap_or("/");
    let formed = path.starts_with('/') && path.ends_with('/') && path.len() <= 512;
    let visible = path.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if formed && visible {
        Ok(path)
    } else {
        Err(invalid(format!(
            "The specified value for path is invalid. It must begin and end with / and contain only \
             alphanumeric characters and/or / characters: {path}"
        )))
    }
}

/// An id as IAM makes them: a prefix that says what it is, and seventeen letters and digits.
pub(super) fn id(core: &mut Core, prefix: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut letter = || {
        let [drawn, ..] = core.draw().to_le_bytes();
        LETTERS.get(usize::from(drawn % 32)).copied().map_or('A', char::from)
    };
    let letters: String = (0..17).map(|_| letter()).collect();
    format!("{prefix}{letters}")
}

/// The ARN of something of this account.
pub(super) fn arn(core: &Core, kind: &str, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{}:{kind}{path}{name}", core.account())
}
