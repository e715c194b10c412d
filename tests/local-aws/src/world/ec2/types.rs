//! `DescribeInstanceTypes`: a small table of real types.

use crate::world::input::{self, Paging};
use crate::world::{Answer, ApiError};
use serde_json::{Value, json};

struct Kind {
    name: &'static str,
    architecture: &'static str,
    vcpus: u16,
    mebibytes: u32,
    interfaces: u8,
    addresses: u8,
    network: &'static str,
}

const fn kind(
    (name, architecture): (&'static str, &'static str),
    (vcpus, mebibytes): (u16, u32),
    (interfaces, addresses): (u8, u8),
    network: &'static str,
) -> Kind {
    Kind { name, architecture, vcpus, mebibytes, interfaces, addresses, network }
}

const FAST: &str = "Up to 12.5 Gigabit";
const OLD: &str = "Up to 5 Gigabit";

/// In the order of their names, as the paging needs.
const KINDS: [Kind; 17] = [
    kind(("c7g.large", "arm64"), (2, 4096), (3, 10), FAST),
    kind(("c7g.xlarge", "arm64"), (4, 8192), (4, 15), FAST),
    kind(("c7i.large", "x86_64"), (2, 4096), (3, 10), FAST),
    kind(("m6g.large", "arm64"), (2, 8192), (3, 10), "Up to 10 Gigabit"),
    kind(("m7g.large", "arm64"), (2, 8192), (3, 10), FAST),
    kind(("m7g.medium", "arm64"), (1, 4096), (2, 4), FAST),
    kind(("m7g.xlarge", "arm64"), (4, 16384), (4, 15), FAST),
    kind(("m7i.large", "x86_64"), (2, 8192), (3, 10), FAST),
    kind(("m7i.xlarge", "x86_64"), (4, 16384), (4, 15), FAST),
    kind(("r7g.large", "arm64"), (2, 16384), (3, 10), FAST),
    kind(("r7i.large", "x86_64"), (2, 16384), (3, 10), FAST),
    kind(("t3.large", "x86_64"), (2, 8192), (3, 12), OLD),
    kind(("t3.medium", "x86_64"), (2, 4096), (3, 6), OLD),
    kind(("t3.micro", "x86_64"), (2, 1024), (2, 2), OLD),
    kind(("t3.small", "x86_64"), (2, 2048), (3, 4), OLD),
    kind(("t4g.medium", "arm64"), (2, 4096), (3, 6), OLD),
    kind(("t4g.small", "arm64"), (2, 2048), (3, 4), OLD),
];
const PAGING: Paging = Paging {
    size: "MaxResults",
    token: "NextToken",
    usual: 100,
    most: 100,
    refusal: "InvalidNextToken",
};

/// The vCPUs and the memory in MiB of a type; `None` if the table does not have it.
pub(crate) fn vcpus_and_mebibytes(name: &str) -> Option<(u16, u32)> {
    KINDS.iter().find(|kind| kind.name == name).map(|kind| (kind.vcpus, kind.mebibytes))
}

/// `DescribeInstanceTypes`.
pub(super) fn describe(input: &Value) -> Answer {
    input::only(input, &["InstanceType", "MaxResults", "NextToken"])?;
    let wanted = input::texts(input, "InstanceType")?;
    let unknown: Vec<&str> =
        wanted.iter().copied().filter(|name| vcpus_and_mebibytes(name).is_none()).collect();
    if !unknown.is_empty() {
        let text =
            format!("The following supplied instance types do not exist: [{}]", unknown.join(", "));
        return Err(ApiError::client("InvalidInstanceType", text));
    }
    let kinds = KINDS.iter().filter(|kind| wanted.is_empty() || wanted.contains(&kind.name));
    let page = PAGING.page(input, kinds.map(|kind| (kind.name.to_owned(), written(kind))))?;
    Ok(page.answer("instanceTypeSet", "nextToken"))
}

fn written(kind: &Kind) -> Value {
    json!({
        "instanceType": kind.name,
        "currentGeneration": true,
        "processorInfo": {"supportedArchitectures": [kind.architecture]},
        "vCpuInfo": {"defaultVCpus": kind.vcpus},
        "memoryInfo": {"sizeInMiB": kind.mebibytes},
        "networkInfo": {
            "networkPerformance": kind.network,
            "maximumNetworkInterfaces": kind.interfaces,
            "ipv4AddressesPerInterface": kind.addresses,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_that_paging_needs() {
        assert!(KINDS.is_sorted_by_key(|kind| kind.name));
    }

    #[test]
    fn a_known_type_has_its_size_and_an_unknown_one_is_an_error() {
        let answer = describe(&json!({"InstanceType": ["m7g.large"]})).unwrap();
        let set = answer["instanceTypeSet"].as_array().unwrap();
        assert_eq!((set.len(), &set[0]["memoryInfo"]["sizeInMiB"]), (1, &json!(8192)));
        let error = describe(&json!({"InstanceType": ["m7g.large", "x.y"]})).unwrap_err();
        assert_eq!(error.code, "InvalidInstanceType");
        assert!(error.message.contains("[x.y]"));
    }
}
