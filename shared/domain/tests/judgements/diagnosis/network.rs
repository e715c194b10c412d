use super::{absent, blames, culprits, endpoints, finding, routed, suspects, with_instance};
use crate::throttled;
use domain::diagnosis::{Check, DefaultRoute, Egress, EndpointService, Facts, Verdict};
use domain::host::Seen;

#[test]
fn a_dead_end_is_to_blame_and_the_subnet_is_named() {
    let gateway = || DefaultRoute::InternetGateway("igw-1".into());
    let table = [
        (
            DefaultRoute::None,
            "route: subnet-1 has no default route, and vpc-1 has no interface endpoint for ecs, ecs-agent and \
             ecs-telemetry; add a route 0.0.0.0/0 to a NAT gateway in the route table of subnet-1, or interface \
             endpoints for ecs, ecs-agent and ecs-telemetry in vpc-1",
        ),
        (DefaultRoute::Blackhole("nat-9".into()), "leads to nat-9, which is gone"),
        (gateway(), "routes to the internet gateway igw-1, but the host has no public address"),
    ];
    for (route, words) in table {
        blames(&routed(route.clone()), Check::Route, &[words]);
        // The other way.
        let all = endpoints(&EndpointService::ALL, true);
        assert_eq!(culprits(&Facts { endpoints: all, ..routed(route.clone()) }), []);
        let nameless = endpoints(&EndpointService::ALL, false);
        let nameless = Facts { endpoints: nameless, ..routed(route.clone()) };
        suspects(&nameless, Check::Route, &["turn private DNS names on"]);
        // A part of it.
        let some = endpoints(&[EndpointService::Ecs, EndpointService::Telemetry], true);
        let some = Facts { endpoints: some, ..routed(route.clone()) };
        blames(&some, Check::Route, &["no interface endpoint for ecs-agent;"]);
        let dumb = endpoints(&[EndpointService::Ecs, EndpointService::Agent], true);
        suspects(&Facts { endpoints: dumb, ..routed(route.clone()) }, Check::Route, &["telemetry"]);
        let hidden = Facts { endpoints: Seen::Unknown(throttled()), ..routed(route) };
        assert_eq!(culprits(&hidden), []);
    }
    let public = with_instance(|one| one.public = true);
    assert_eq!(culprits(&Facts { default_route: Seen::Known(gateway()), ..public }), []);
}

#[test]
fn what_lies_behind_a_transit_gateway_is_not_seen_and_not_blamed() {
    for route in [DefaultRoute::TransitGateway("tgw-1".into()), DefaultRoute::Other("eni-1".into())]
    {
        let finding = finding(&routed(route.clone()), Check::Route);
        assert_eq!(finding.verdict, Verdict::Unreadable);
        assert_eq!(culprits(&routed(route)), []);
    }
    // Endpoints that could not be read, or a route, do not hide a way that is seen.
    let blind = Facts { endpoints: Seen::Unknown(throttled()), ..absent() };
    assert_eq!(finding(&blind, Check::Route).verdict, Verdict::Cleared);
    let blind = Facts { default_route: Seen::Unknown(throttled()), ..absent() };
    assert_eq!(finding(&blind, Check::Route).verdict, Verdict::Unreadable);
    let blind = Facts { endpoints: endpoints(&EndpointService::ALL, true), ..blind };
    assert_eq!(finding(&blind, Check::Route).verdict, Verdict::Cleared);
}

#[test]
fn security_groups_must_let_it_out() {
    let let_out = |egress| Facts { egress: Seen::Known(egress), ..absent() };
    blames(&let_out(Egress::Shut), Check::Egress, &["sg-1 let nothing out on TCP port 443"]);
    suspects(&let_out(Egress::Narrow), Check::Egress, &["to some addresses only"]);
    let all = endpoints(&EndpointService::ALL, true);
    assert_eq!(culprits(&Facts { endpoints: all, ..let_out(Egress::Narrow) }), []);
    let hidden = Facts { endpoints: Seen::Unknown(throttled()), ..let_out(Egress::Narrow) };
    assert_eq!(culprits(&hidden), []);
}

#[test]
fn of_the_endpoints_just_those_without_private_names_are_suspected() {
    let (Seen::Known(named), Seen::Known(nameless)) =
        (endpoints(&EndpointService::ALL[..2], true), endpoints(&EndpointService::ALL[2..], false))
    else {
        panic!("they are known");
    };
    let all = Seen::Known(named.into_iter().chain(nameless).collect());
    let facts = Facts { endpoints: all, ..routed(DefaultRoute::None) };
    let last =
        "route: the interface endpoints for ecs-telemetry in vpc-1 have no private DNS names";
    suspects(&facts, Check::Route, &[last]);
}
