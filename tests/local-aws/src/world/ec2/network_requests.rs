//! `DescribeRouteTables`, `DescribeVpcEndpoints` and `DescribeSecurityGroups`.

use super::filter::{self, Filter};
use super::network::{self, Network};
use crate::world::core::Core;
use crate::world::input::{self, Paging};
use crate::world::{Answer, ApiError};
use serde_json::{Value, json};

const PAGING: Paging = Paging {
    size: "MaxResults",
    token: "NextToken",
    usual: 1000,
    most: 1000,
    refusal: "InvalidNextToken",
};

/// A thing with what the filters may ask of it.
struct Thing {
    id: String,
    fields: Vec<(&'static str, Vec<String>)>,
    written: Value,
}

/// How things of a kind are asked for, refused and answered.
struct Kind {
    ids: &'static str,
    refusal: (&'static str, &'static str),
    filters: &'static [&'static str],
    set: &'static str,
}

fn answer(input: &Value, kind: &Kind, mut things: Vec<Thing>) -> Answer {
    input::only(input, &[kind.ids, "Filter", "MaxResults", "NextToken"])?;
    let ids = input::texts(input, kind.ids)?;
    if let Some(unknown) = ids.iter().find(|id| things.iter().all(|thing| thing.id != **id)) {
        let (code, what) = kind.refusal;
        return Err(ApiError::client(code, format!("The {what} '{unknown}' does not exist")));
    }
    let filters = filter::read(input, kind.filters)?;
    let passes = |filter: &Filter<'_>, thing: &Thing| {
        filter.passes(|name| {
            let field = thing.fields.iter().find(|(known, _)| *known == name);
            field.map(|(_, values)| values.clone()).unwrap_or_default()
        })
    };
    // A page goes on after the last id of the one before.
    things.sort_by(|one, other| one.id.cmp(&other.id));
    let wanted = things
        .into_iter()
        .filter(|thing| ids.is_empty() || ids.contains(&thing.id.as_str()))
        .filter(|thing| filters.iter().all(|filter| passes(filter, thing)));
    let page = PAGING.page(input, wanted.map(|thing| (thing.id, thing.written)))?;
    Ok(page.answer(kind.set, "nextToken"))
}

const ROUTE_TABLES: Kind = Kind {
    ids: "RouteTableId",
    refusal: ("InvalidRouteTableID.NotFound", "routeTable ID"),
    filters: &["route-table-id", "vpc-id", "association.main", "association.subnet-id"],
    set: "routeTableSet",
};
const ENDPOINTS: Kind = Kind {
    ids: "VpcEndpointId",
    refusal: ("InvalidVpcEndpointId.NotFound", "Vpc Endpoint Id"),
    filters: &["vpc-id", "vpc-endpoint-id", "vpc-endpoint-state", "service-name"],
    set: "vpcEndpointSet",
};
const SECURITY_GROUPS: Kind = Kind {
    ids: "GroupId",
    refusal: ("InvalidGroup.NotFound", "security group"),
    filters: &["group-id", "vpc-id"],
    set: "securityGroupInfo",
};

/// `DescribeRouteTables`. The main table has no association with the subnets that use it.
pub(super) fn route_tables(network: &Network, core: &Core, input: &Value) -> Answer {
    let mut tables = vec![route_table(core, network::MAIN, &[], true)];
    if !network.cut.is_empty() {
        let subnets: Vec<&String> = network.cut.iter().collect();
        tables.push(route_table(core, network::CUT, &subnets, false));
    }
    tables.sort_by(|one, other| one.id.cmp(&other.id));
    answer(input, &ROUTE_TABLES, tables)
}

fn route_table(core: &Core, id: &str, subnets: &[&String], main: bool) -> Thing {
    let association = |tail: &str, subnet: Option<&str>| {
        json!({
            "routeTableAssociationId": format!("rtbassoc-{tail}"),
            "routeTableId": id,
            "subnetId": subnet,
            "main": subnet.is_none(),
            "associationState": {"state": "associated"},
        })
    };
    let own = |id: &&String| association(id.trim_start_matches("subnet-"), Some(id.as_str()));
    let mut associations: Vec<Value> = subnets.iter().map(own).collect();
    let mut routes = vec![json!({
        "destinationCidrBlock": network::BLOCK,
        "gatewayId": "local",
        "state": "active",
        "origin": "CreateRouteTable",
    })];
    if main {
        associations.push(association("0123456789abcdef0", None));
        routes.push(json!({
            "destinationCidrBlock": "0.0.0.0/0",
            "gatewayId": network::GATEWAY,
            "state": "active",
            "origin": "CreateRoute",
        }));
    }
    Thing {
        id: id.to_owned(),
        fields: vec![
            ("route-table-id", vec![id.to_owned()]),
            ("vpc-id", vec![network::VPC.to_owned()]),
            ("association.main", vec![main.to_string()]),
            ("association.subnet-id", subnets.iter().map(ToString::to_string).collect()),
        ],
        written: json!({
            "routeTableId": id,
            "vpcId": network::VPC,
            "ownerId": core.account(),
            "routeSet": routes,
            "associationSet": associations,
            "propagatingVgwSet": [],
            "tagSet": [],
        }),
    }
}

/// `DescribeVpcEndpoints`.
pub(super) fn endpoints(network: &Network, core: &Core, input: &Value) -> Answer {
    let endpoints = network.endpoints.iter().map(|name| {
        // Ids must be stable; the name is all that an endpoint has (FNV-1a, in the public domain).
        let mixed = name.bytes().fold(0xCBF2_9CE4_8422_2325, |mixed: u64, byte| {
            (mixed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        let id = format!("vpce-{mixed:017x}");
        let service = format!("com.amazonaws.{}.{name}", core.region());
        Thing {
            fields: vec![
                ("vpc-id", vec![network::VPC.to_owned()]),
                ("vpc-endpoint-id", vec![id.clone()]),
                ("vpc-endpoint-state", vec!["available".to_owned()]),
                ("service-name", vec![service.clone()]),
            ],
            written: json!({
                "vpcEndpointId": id,
                "vpcEndpointType": "Interface",
                "vpcId": network::VPC,
                "serviceName": service,
                "state": "available",
                "privateDnsEnabled": true,
                "ownerId": core.account(),
            }),
            id,
        }
    });
    let mut endpoints: Vec<Thing> = endpoints.collect();
    endpoints.sort_by(|one, other| one.id.cmp(&other.id));
    answer(input, &ENDPOINTS, endpoints)
}

/// `DescribeSecurityGroups`.
pub(super) fn security_groups(network: &Network, core: &Core, input: &Value) -> Answer {
    let groups = network.groups().into_iter().map(|id| {
        let open = !network.closed.contains(id);
        let all = json!([{
            "ipProtocol": "-1",
            "groups": [],
            "ipRanges": [{"cidrIp": "0.0.0.0/0"}],
            "ipv6Ranges": [],
            "prefixListIds": [],
        }]);
        Thing {
            id: id.to_owned(),
            fields: vec![
                ("group-id", vec![id.to_owned()]),
                ("vpc-id", vec![network::VPC.to_owned()]),
            ],
            written: json!({
                "groupId": id,
                "groupName": group_name(id),
                "groupDescription": "ECS hosts",
                "ownerId": core.account(),
                "vpcId": network::VPC,
                "ipPermissions": [],
                "ipPermissionsEgress": if open { all } else { json!([]) },
                "tagSet": [],
            }),
        }
    });
    answer(input, &SECURITY_GROUPS, groups.collect())
}

/// The name of a security group.
pub(super) fn group_name(id: &str) -> String {
    id.replacen("sg-", "hosts-", 1)
}
