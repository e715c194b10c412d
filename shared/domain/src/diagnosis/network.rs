//! Is there a way from the host to ECS?

use super::case::{Case, Found, blamed, cleared, name, quote, read, suspect, unseen};
use super::facts::{DefaultRoute, Egress, EndpointService};
use super::{Check, Finding};

pub(super) fn route(case: &Case<'_>) -> Found {
    const CHECK: Check = Check::Route;
    case.unless_connected(CHECK)?;
    let instance = case.instance(CHECK)?;
    let subnet = name(instance.subnet.as_ref(), "its subnet");
    let vpc = name(instance.vpc.as_ref(), "its VPC");
    let route = read(CHECK, &case.facts.default_route);
    // Endpoints are a way of their own: the route matters only where they do not suffice.
    let lacking = case.lacking_endpoints(CHECK);
    if let Ok([]) = lacking.as_deref() {
        return Ok(by_endpoints(case, vpc));
    }

    let dead_end = match route? {
        DefaultRoute::Nat(gateway) => {
            let told = format!("{subnet} routes to the NAT gateway {}", quote(gateway));
            return Ok(cleared(CHECK, told));
        }
        DefaultRoute::InternetGateway(gateway) if instance.public => {
            let gateway = quote(gateway);
            let told = format!("{subnet} routes to {gateway} and the host has a public address");
            return Ok(cleared(CHECK, told));
        }
        DefaultRoute::TransitGateway(target) | DefaultRoute::Other(target) => {
            let target = quote(target);
            return Err(unseen(
                CHECK,
                format!("{subnet} routes to {target}, and what lies behind is not seen from here"),
                format!("see that {target} leads to the internet or to ECS's endpoints"),
            ));
        }
        DefaultRoute::InternetGateway(gateway) => Dead {
            evidence: format!(
                "{subnet} routes to the internet gateway {}, but the host has no public address",
                quote(gateway)
            ),
            remedy: format!(
                "assign public addresses in {subnet} or in the launch template, or use a subnet that routes \
                 to a NAT gateway"
            ),
        },
        DefaultRoute::Blackhole(target) => {
            let target = quote(target);
            Dead {
                evidence: format!("the default route of {subnet} leads to {target}, which is gone"),
                remedy: format!(
                    "point 0.0.0.0/0 in the route table of {subnet} to a NAT gateway that exists"
                ),
            }
        }
        DefaultRoute::None => Dead {
            evidence: format!("{subnet} has no default route"),
            remedy: format!(
                "add a route 0.0.0.0/0 to a NAT gateway in the route table of {subnet}"
            ),
        },
    };
    Ok(dead_end.judge(&lacking?, vpc))
}

/// No way out through the internet.
struct Dead {
    evidence: String,
    remedy: String,
}

impl Dead {
    fn judge(self, lacking: &[EndpointService], vpc: &str) -> Finding {
        let Self { evidence, remedy } = self;
        let missing = list(lacking);
        let evidence = format!("{evidence}, and {vpc} has no interface endpoint for {missing}");
        let remedy = format!("{remedy}, or interface endpoints for {missing} in {vpc}");
        if *lacking == [EndpointService::Telemetry] {
            // The agent joins without telemetry.
            suspect(Check::Route, evidence, remedy)
        } else {
            blamed(Check::Route, evidence, remedy)
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
fn list(services: &[EndpointService]) -> String {
    match services {
        [rest @ .., last] if !rest.is_empty() => {
            let rest: Vec<&str> = rest.iter().map(|one| one.as_str()).collect();
            format!("{} and {}", rest.join(", "), last.as_str())
        }
        [one] => one.as_str().to_owned(),
        _ => String::new(),
    }
}

/// All three endpoints are there. Without private DNS the agent asks the public addresses, unless a zone of
/// your own says otherwise.
fn by_endpoints(case: &Case<'_>, vpc: &str) -> Finding {
    let endpoints = case.facts.endpoints.known();
    let named = |service: &EndpointService| {
        endpoints.is_ok_and(|all| all.iter().any(|one| one.service == *service && one.private_dns))
    };
    let nameless: Vec<EndpointService> =
        EndpointService::ALL.into_iter().filter(|service| !named(service)).collect();
    let way_out = matches!(
        (case.facts.default_route.known(), case.facts.instance.known()),
        (Ok(DefaultRoute::Nat(_)), _)
            | (
                Ok(DefaultRoute::InternetGateway(_)),
                Ok(Some(super::Instance { public: true, .. }))
            )
    );
    if nameless.is_empty() || way_out {
        let told = format!("{vpc} has interface endpoints for {}", list(&EndpointService::ALL));
        return cleared(Check::Route, told);
    }
    let nameless = list(&nameless);
    suspect(
        Check::Route,
        format!("the interface endpoints for {nameless} in {vpc} have no private DNS names"),
        format!("turn private DNS names on for the interface endpoints for {nameless} in {vpc}"),
    )
}

pub(super) fn egress(case: &Case<'_>) -> Found {
    const CHECK: Check = Check::Egress;
    case.unless_connected(CHECK)?;
    let groups = case.instance(CHECK)?.security_groups.join(", ");
    let remedy = format!("let TCP port 443 out to 0.0.0.0/0, or to ECS's endpoints, in {groups}");
    Ok(match read(CHECK, &case.facts.egress)? {
        Egress::Open => cleared(CHECK, format!("{groups} let TCP port 443 out")),
        Egress::Shut => blamed(CHECK, format!("{groups} let nothing out on TCP port 443"), remedy),
        // Whether the endpoints are among the few is for the groups' owner to know.
        Egress::Narrow if case.lacking_endpoints(CHECK)?.is_empty() => cleared(
            CHECK,
            format!("{groups} let TCP port 443 out to some, and the VPC has endpoints for ECS"),
        ),
        Egress::Narrow => {
            suspect(CHECK, format!("{groups} let TCP port 443 out to some addresses only"), remedy)
        }
    })
}
