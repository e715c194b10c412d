//! The way out: route table, interface endpoints, security groups.

use super::{not_asked, partial, whole};
use crate::config::Aws;
use crate::reads::listed;
use aws_sdk_ec2::types::{
    Filter, IpPermission, Route, RouteState, RouteTable, SecurityGroup, VpcEndpoint,
    VpcEndpointType,
};
use domain::Fault;
use domain::diagnosis::{DefaultRoute, Egress, Endpoint, EndpointService, Instance};
use ports::{Page, pages};
use std::collections::BTreeSet;

const ROUTES: &str = "ec2:DescribeRouteTables";
const ENDPOINTS: &str = "ec2:DescribeVpcEndpoints";
const GROUPS: &str = "ec2:DescribeSecurityGroups";

/// HTTPS.
const PORT: i32 = 443;

type Known = Result<Option<Instance>, Fault>;

impl Aws {
    /// Where the table of the subnet, or else the main one of its VPC, sends what is for the internet.
    pub(super) async fn examined_route(&self, instance: &Known) -> Result<DefaultRoute, Fault> {
        let instance = whole(instance, ROUTES)?;
        let (Some(subnet), Some(vpc)) = (&instance.subnet, &instance.vpc) else {
            return Err(not_asked(ROUTES, "the instance is in no subnet"));
        };
        let mut tables = self.route_tables(&[("association.subnet-id", subnet)]).await?;
        if tables.is_empty() {
            let main = [("vpc-id", vpc.as_str()), ("association.main", "true")];
            tables = self.route_tables(&main).await?;
        }
        let table = tables.first().ok_or_else(|| partial(ROUTES, "the VPC has no main table"))?;
        Ok(default_route(table.routes()))
    }

    async fn route_tables(&self, filters: &[(&str, &str)]) -> Result<Vec<RouteTable>, Fault> {
        let filter =
            |(name, value): &(&str, &str)| Filter::builder().name(*name).values(*value).build();
        let filters: Vec<Filter> = filters.iter().map(filter).collect();
        pages::all(ROUTES, async |token| {
            let request = self.ec2.describe_route_tables().set_filters(Some(filters.clone()));
            let answer = self.send(ROUTES, request.set_next_token(token).send()).await?;
            Ok(Page {
                items: listed(ROUTES, "routeTableSet", answer.route_tables)?,
                next: answer.next_token,
            })
        })
        .await
    }

    /// The endpoints for ECS in the VPC that are available.
    pub(super) async fn examined_endpoints(
        &self,
        instance: &Known,
    ) -> Result<BTreeSet<Endpoint>, Fault> {
        let Some(vpc) = &whole(instance, ENDPOINTS)?.vpc else {
            return Err(not_asked(ENDPOINTS, "the instance is in no VPC"));
        };
        let filter = Filter::builder().name("vpc-id").values(vpc).build();
        let all = pages::all(ENDPOINTS, async |token| {
            let request = self.ec2.describe_vpc_endpoints().filters(filter.clone());
            let answer = self.send(ENDPOINTS, request.set_next_token(token).send()).await?;
            Ok(Page {
                items: listed(ENDPOINTS, "vpcEndpointSet", answer.vpc_endpoints)?,
                next: answer.next_token,
            })
        })
        .await?;
        Ok(all.iter().filter_map(endpoint).collect())
    }

    /// What all of the security groups together let out: their rules add up.
    pub(super) async fn examined_egress(&self, instance: &Known) -> Result<Egress, Fault> {
        let ids = &whole(instance, GROUPS)?.security_groups;
        if ids.is_empty() {
            return Err(not_asked(GROUPS, "the instance has no security group"));
        }
        let groups = pages::all(GROUPS, async |token| {
            let request = self.ec2.describe_security_groups().set_group_ids(Some(ids.clone()));
            let answer = self.send(GROUPS, request.set_next_token(token).send()).await?;
            Ok(Page {
                items: listed(GROUPS, "securityGroupInfo", answer.security_groups)?,
                next: answer.next_token,
            })
        })
        .await?;
        // Keeps S21.
        if groups.len() < ids.len() {
            return Err(partial(GROUPS, "a security group is not in the answer"));
        }
        Ok(egress(&groups))
    }
}

/// The route for `0.0.0.0/0`. One for IPv6 or for a prefix list may lead out too, which is not seen from here.
fn default_route(routes: &[Route]) -> DefaultRoute {
    let to = |cidr| routes.iter().find(|route| route.destination_cidr_block() == Some(cidr));
    if let Some(route) = to("0.0.0.0/0") {
        return target(route);
    }
    // Gateway endpoints (S3, DynamoDB) have prefix lists too; those do not lead to ECS.
    let may_lead_out = |route: &&Route| {
        let listed = route.destination_prefix_list_id().is_some()
            && !route.gateway_id().is_some_and(|id| id.starts_with("vpce-"));
        listed || route.destination_ipv6_cidr_block() == Some("::/0")
    };
    let other = routes.iter().find(may_lead_out);
    other.map_or(DefaultRoute::None, |route| DefaultRoute::Other(target_id(route)))
}

fn target(route: &Route) -> DefaultRoute {
    let id = target_id(route);
    if route.state() == Some(&RouteState::Blackhole) {
        DefaultRoute::Blackhole(id)
    } else if route.nat_gateway_id().is_some() {
        DefaultRoute::Nat(id)
    } else if route.transit_gateway_id().is_some() {
        DefaultRoute::TransitGateway(id)
    } else if route.gateway_id().is_some_and(|id| id.starts_with("igw-")) {
        DefaultRoute::InternetGateway(id)
    } else {
        DefaultRoute::Other(id)
    }
}

fn target_id(route: &Route) -> String {
    let ids = [
        route.nat_gateway_id(),
        route.transit_gateway_id(),
        route.gateway_id(),
        route.network_interface_id(),
        route.egress_only_internet_gateway_id(),
        route.local_gateway_id(),
        route.carrier_gateway_id(),
        route.vpc_peering_connection_id(),
        route.core_network_arn(),
    ];
    ids.into_iter().flatten().next().unwrap_or("a target that is not named").to_owned()
}

fn endpoint(found: &VpcEndpoint) -> Option<Endpoint> {
    let name = found.service_name()?;
    let service = EndpointService::ALL
        .into_iter()
        .find(|one| name.strip_suffix(one.as_str()).is_some_and(|region| region.ends_with('.')))?;
    // EC2 writes `available`; its API reference, `Available`.
    let available = found.state()?.as_str().eq_ignore_ascii_case("available");
    let interface = found.vpc_endpoint_type() == Some(&VpcEndpointType::Interface);
    let private_dns = found.private_dns_enabled() == Some(true);
    (available && interface).then_some(Endpoint { service, private_dns })
}

fn egress(groups: &[SecurityGroup]) -> Egress {
    let rules = || {
        let all = groups.iter().flat_map(SecurityGroup::ip_permissions_egress);
        all.filter(|rule| is_for_https(rule))
    };
    let everywhere = |rule: &IpPermission| {
        rule.ip_ranges().iter().any(|range| range.cidr_ip() == Some("0.0.0.0/0"))
    };
    let somewhere = |rule: &IpPermission| {
        !rule.ip_ranges().is_empty()
            || !rule.ipv6_ranges().is_empty()
            || !rule.prefix_list_ids().is_empty()
            || !rule.user_id_group_pairs().is_empty()
    };
    if rules().any(everywhere) {
        Egress::Open
    } else if rules().any(somewhere) {
        Egress::Narrow
    } else {
        Egress::Shut
    }
}

/// `-1` is every protocol on every port (`IpPermission` in the EC2 API reference).
fn is_for_https(rule: &IpPermission) -> bool {
    match rule.ip_protocol() {
        Some("-1") => true,
        Some("tcp" | "6") => {
            rule.from_port().is_none_or(|from| from <= PORT)
                && rule.to_port().is_none_or(|to| to >= PORT)
        }
        _ => false,
    }
}
