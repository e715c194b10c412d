//! Where a function stands: its partition, account and region, from its own ARN.

use serde::Serialize;

/// Partition, account and region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// For example `aws` or `aws-cn`.
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// For example `us-west-2`.
    pub region: String,
}

impl Place {
    /// The place of `arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME`; `None` if it is no such ARN.
    #[must_use]
    pub fn of_function(arn: &str) -> Option<Self> {
        let mut parts = arn.split(':');
        let (head, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account) = (parts.next()?, parts.next()?);
        let whole = head == "arn" && service == "lambda" && !region.is_empty();
        let digits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());

        (whole && digits).then(|| Self {
            partition: partition.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_own_arn_names_the_place() {
        let arn = "arn:aws-cn:lambda:cn-north-1:111122223333:function:muster-reconciler:7";
        let place = Place::of_function(arn).unwrap();
        assert_eq!((place.partition.as_str(), place.region.as_str()), ("aws-cn", "cn-north-1"));
        assert_eq!(place.account, "111122223333");
    }

    #[test]
    fn anything_else_names_none() {
        for arn in [
            "",
            "arn:aws:lambda",
            "arn:aws:ecs:us-west-2:111122223333:cluster/x",
            "x:aws:lambda:us-west-2:111122223333:function:x",
            "arn:aws:lambda::111122223333:function:x",
            "arn:aws:lambda:us-west-2:11112222333:function:x",
            "arn:aws:lambda:us-west-2:11112222333x:function:x",
        ] {
            assert_eq!(Place::of_function(arn), None, "{arn}");
        }
    }
}
