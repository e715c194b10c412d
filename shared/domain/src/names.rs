//! The names of things, each checked once, where it comes in. A copy of one costs nothing: they are many.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A text that is not the name it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is not {expected}: {shape}")]
pub struct NotAName {
    /// The field that carried it.
    pub field: &'static str,
    /// What it should have been.
    pub expected: &'static str,
    /// What it was like; never the text itself, which may be long or hostile.
    pub shape: String,
}

fn shape_of(text: &str) -> String {
    let safe: String = text.chars().take(24).flat_map(char::escape_default).collect();
    let cut = if text.chars().count() > 24 { "…" } else { "" };
    format!("\"{safe}{cut}\" ({} bytes)", text.len())
}

/// An EC2 instance id: `i-` and 8 or 17 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstanceId(Arc<str>);

impl TryFrom<String> for InstanceId {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        let digits = text.strip_prefix("i-").unwrap_or_default();
        let hexadecimal = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));

        if matches!(digits.len(), 8 | 17) && hexadecimal {
            Ok(Self(text.into()))
        } else {
            Err(NotAName {
                field: "instance id",
                expected: "i- and 8 or 17 hexadecimal digits",
                shape: shape_of(&text),
            })
        }
    }
}

/// A cluster's short name (never its ARN).
///
/// ECS allows up to 255 letters, digits, hyphens and underscores
/// (`CreateCluster` in the ECS API reference).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClusterName(Arc<str>);

impl ClusterName {
    /// The cluster that an ARN `arn:…:cluster/NAME` or a plain name means.
    ///
    /// # Errors
    /// [`NotAName`] if neither fits.
    pub fn of(arn_or_name: &str) -> Result<Self, NotAName> {
        let name = arn_or_name.rsplit_once(":cluster/").map_or(arn_or_name, |(_, name)| name);
        Self::try_from(name.to_owned())
    }
}

impl TryFrom<String> for ClusterName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';

        if (1..=255).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(NotAName {
                field: "cluster name",
                expected: "1 to 255 letters, digits, hyphens and underscores",
                shape: shape_of(&text),
            })
        }
    }
}

/// An Auto Scaling group's name: 1 to 255 characters, no colon, nothing unprintable
/// (`CreateAutoScalingGroup` in the EC2 Auto Scaling API reference).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GroupName(Arc<str>);

impl TryFrom<String> for GroupName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        let length = text.chars().count();

        if (1..=255).contains(&length) && !text.chars().any(|c| c.is_control() || c == ':') {
            Ok(Self(text.into()))
        } else {
            Err(NotAName {
                field: "Auto Scaling group name",
                expected: "1 to 255 printable characters without a colon",
                shape: shape_of(&text),
            })
        }
    }
}

/// The ARN of a registration (an ECS container instance).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegistrationArn(Arc<str>);

impl TryFrom<String> for RegistrationArn {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        let plain = text.len() <= 1024 && text.bytes().all(|b| b.is_ascii_graphic());

        if plain && text.starts_with("arn:") && text.contains(":container-instance/") {
            Ok(Self(text.into()))
        } else {
            Err(NotAName {
                field: "container instance ARN",
                expected: "arn:…:container-instance/…",
                shape: shape_of(&text),
            })
        }
    }
}

/// An IAM role's name, without its path: 1 to 64 letters, digits and `+=,.@_-` (`Role` in the IAM API reference).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoleName(Arc<str>);

impl TryFrom<String> for RoleName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);

        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(NotAName {
                field: "role name",
                expected: "1 to 64 letters, digits and +=,.@_-",
                shape: shape_of(&text),
            })
        }
    }
}

macro_rules! texts {
    ($($name:ident),*) => {$(
        impl $name {
            /// The name as AWS writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAName;

            fn from_str(text: &str) -> Result<Self, NotAName> {
                Self::try_from(text.to_owned())
            }
        }
    )*};
}

texts!(InstanceId, ClusterName, GroupName, RegistrationArn, RoleName);

/// The hook of ours that holds a launching host.
pub const LAUNCH_HOOK: &str = "muster-launch";
/// The hook of ours that holds a terminating host.
pub const TERMINATE_HOOK: &str = "muster-terminate";
/// The tag of a group that names its cluster, and by which the group opts in.
pub const CLUSTER_TAG: &str = "muster:cluster";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_instance_ids_pass() {
        for good in ["i-0a1b2c3d", "i-1234567890abcdef0"] {
            assert!(good.parse::<InstanceId>().is_ok(), "{good}");
        }
        for bad in ["", "i-", "i-zzzzzzzz", "i-1234567890ABCDEF0", "i-123", "mi-1234567890abcdef0"]
        {
            assert!(bad.parse::<InstanceId>().is_err(), "{bad}");
        }
        assert!("i-1234567890abcdef0\n".parse::<InstanceId>().is_err());
    }

    #[test]
    fn a_refused_name_is_told_by_its_shape_and_cut() {
        let told = "i-\n".repeat(1000).parse::<InstanceId>().unwrap_err().to_string();
        assert!(told.len() < 200 && !told.contains('\n'), "{told}");
        assert!(told.contains("3000 bytes"), "{told}");
    }

    #[test]
    fn a_text_is_cut_after_twenty_four_characters_and_says_so() {
        let told = |length| shape_of(&"x".repeat(length));
        assert_eq!(told(24), format!("\"{}\" (24 bytes)", "x".repeat(24)));
        assert_eq!(told(25), format!("\"{}…\" (25 bytes)", "x".repeat(24)));
    }

    #[test]
    fn a_registration_has_an_arn_of_a_container_instance() {
        let start = "arn:aws:ecs:us-west-2:111122223333:container-instance/";
        let of = |text: &str| text.parse::<RegistrationArn>().is_ok();
        assert!(of(&format!("{start}prod/abc")));
        assert!(of(&format!("{start:a<1024}")) && !of(&format!("{start:a<1025}")));
        for bad in [
            "",
            "arn:aws:ecs:us-west-2:111122223333:task/prod/abc",
            "x:aws:ecs:us-west-2:111122223333:container-instance/prod/abc",
            &format!("{start}pro d"),
            &format!("{start}é"),
        ] {
            assert!(!of(bad), "{bad}");
        }
    }

    #[test]
    fn a_cluster_is_known_by_arn_and_by_name() {
        let arn = "arn:aws:ecs:us-west-2:111122223333:cluster/prod";
        assert_eq!(ClusterName::of(arn).unwrap(), ClusterName::of("prod").unwrap());
        assert!(ClusterName::of("pro d").is_err());
    }

    #[test]
    fn a_role_has_a_name_without_its_path() {
        assert!("web.hosts@eu-1".parse::<RoleName>().is_ok());
        for bad in ["", "service/web", "we b", &"a".repeat(65)] {
            assert!(bad.parse::<RoleName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_group_name_may_be_foreign_but_not_unprintable() {
        assert!("wéb / blue".parse::<GroupName>().is_ok());
        assert!("web\u{7}".parse::<GroupName>().is_err());
        assert!("a:b".parse::<GroupName>().is_err());
    }
}
