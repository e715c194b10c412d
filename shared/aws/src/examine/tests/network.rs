//! The way out, whatever it is made of.

use super::*;

#[tokio::test]
async fn the_default_route_is_read_whatever_it_leads_to() {
    let gateway = |id: &str| format!("<gatewayId>{id}</gatewayId>");
    let transit = "<transitGatewayId>tgw-1</transitGatewayId>";
    let v6 = "<item><destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock>\
        <egressOnlyInternetGatewayId>eigw-1</egressOnlyInternetGatewayId><state>active</state></item>";
    let s3 = "<item><destinationPrefixListId>pl-1</destinationPrefixListId><gatewayId>vpce-1</gatewayId>\
        <state>active</state></item>";
    let table = [
        (to_anywhere(&gateway("igw-1"), "active"), DefaultRoute::InternetGateway("igw-1".into())),
        (to_anywhere(transit, "active"), DefaultRoute::TransitGateway("tgw-1".into())),
        (to_anywhere(&gateway("vgw-1"), "active"), DefaultRoute::Other("vgw-1".into())),
        (
            to_anywhere("<natGatewayId>nat-9</natGatewayId>", "blackhole"),
            DefaultRoute::Blackhole("nat-9".into()),
        ),
        (v6.to_owned(), DefaultRoute::Other("eigw-1".into())),
        (s3.to_owned(), DefaultRoute::None),
        (String::new(), DefaultRoute::None),
    ];
    for (items, route) in table {
        let seen = facts_if("DescribeRouteTables", routes(&items)).await;
        assert_eq!(seen.default_route, Seen::Known(route));
    }
}

#[tokio::test]
async fn a_subnet_without_a_table_of_its_own_uses_the_main_one() {
    let (aws, wire) = aws(|asked, body| match asked {
        "DescribeRouteTables" if body.contains("association.subnet-id") => Reply::ok(NO_TABLES),
        _ => usual(asked, body),
    });
    assert_eq!(facts(&aws).await.default_route, Seen::Known(DefaultRoute::Nat("nat-1".into())));
    let second = &wire.asked("DescribeRouteTables")[1];
    assert!(second.contains("association.main") && second.contains("vpc-1"), "{second}");
    // Checks S21: no table at all is no answer.
    let seen = facts_if("DescribeRouteTables", NO_TABLES).await;
    assert!(matches!(seen.default_route, Seen::Unknown(Fault::Partial { .. })));
}

#[tokio::test]
async fn only_endpoints_for_ecs_that_are_available_count() {
    let items = endpoint("ecs", "available")
        + &endpoint("ecs-agent", "pending")
        + &endpoint("ecr.api", "available")
        + &endpoint("ecs-telemetry", "Available");
    let seen = facts_if("DescribeVpcEndpoints", endpoints(&items)).await;
    let one = |service| Endpoint { service, private_dns: true };
    let both = [one(EndpointService::Ecs), one(EndpointService::Telemetry)];
    assert_eq!(seen.endpoints, Seen::Known(both.into()));
}

#[tokio::test]
async fn egress_is_what_the_rules_let_out_on_the_port_of_https() {
    let list = "<prefixListIds><item><prefixListId>pl-1</prefixListId></item></prefixListIds>";
    let narrow = "<ipRanges><item><cidrIp>10.0.0.0/16</cidrIp></item></ipRanges>";
    let table = [
        (rule("tcp", (0, 65_535), ALL), Egress::Open),
        (rule("tcp", (443, 443), ALL), Egress::Open),
        (rule("tcp", (443, 443), narrow), Egress::Narrow),
        (rule("tcp", (443, 443), list), Egress::Narrow),
        (rule("udp", (0, 65_535), ALL) + &rule("tcp", (80, 442), ALL), Egress::Shut),
        (rule("tcp", (444, 444), ALL), Egress::Shut),
        (String::new(), Egress::Shut),
    ];
    for (rules, egress) in table {
        let seen = facts_if("DescribeSecurityGroups", groups(&rules)).await;
        assert_eq!(seen.egress, Seen::Known(egress), "{rules}");
    }
    let none =
        "<DescribeSecurityGroupsResponse><securityGroupInfo/></DescribeSecurityGroupsResponse>";
    let seen = facts_if("DescribeSecurityGroups", none).await;
    assert!(matches!(seen.egress, Seen::Unknown(Fault::Partial { .. })));
}
