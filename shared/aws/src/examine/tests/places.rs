//! Where the host is registered, and what is left when reads are refused.

use super::*;

#[tokio::test]
async fn a_registration_is_read_with_its_reason_and_no_other_cluster_is_searched() {
    let (aws, wire) = but(&[
        ("ListContainerInstances", Reply::ok(listed())),
        ("DescribeContainerInstances", Reply::ok(registered("REGISTRATION_FAILED", false))),
    ]);
    let seen = facts(&aws).await;
    let one = seen.registration.known().unwrap().as_ref().unwrap();
    assert_eq!(one.status, RegistrationStatus::Other("REGISTRATION_FAILED".into()));
    assert_eq!((one.agent_connected, one.reason.as_deref()), (false, Some("because")));
    assert_eq!(culprit(&seen).as_deref(), Some("registration"));
    assert!(wire.asked("ListClusters").is_empty());
    // Checks S21.
    let lacking = r#"{"containerInstances":[],"failures":[{"arn":"a","reason":"MISSING"}]}"#;
    let (aws, _) = but(&[
        ("ListContainerInstances", Reply::ok(listed())),
        ("DescribeContainerInstances", Reply::ok(lacking)),
    ]);
    assert!(matches!(facts(&aws).await.registration, Seen::Unknown(Fault::Partial { .. })));
}

/// A host that is registered in one cluster of many; the user data names `named`.
fn lost(place: &'static str, named: &'static str) -> (Aws, Wire) {
    let mut all: Vec<String> = (0..30).map(|number| format!("c{number}")).collect();
    all.extend(["default", CLUSTER].map(str::to_owned));
    aws(move |asked, body| match asked {
        "ListClusters" => Reply::ok(clusters(&all)),
        "DescribeInstanceAttribute" => Reply::ok(encoded(&format!("ECS_CLUSTER={named}"))),
        "ListContainerInstances" if body.contains(&format!("\"{place}\"")) => Reply::ok(listed()),
        "DescribeContainerInstances" => Reply::ok(registered("ACTIVE", true)),
        _ => usual(asked, body),
    })
}

#[tokio::test]
async fn a_lost_host_is_looked_for_where_it_likeliest_is_and_in_few_clusters() {
    for (place, named, calls) in [("c29", "c29", 2), ("default", CLUSTER, 2), ("c3", CLUSTER, 6)] {
        let (aws, wire) = lost(place, named);
        let seen = facts(&aws).await;
        let elsewhere = seen.elsewhere.known().unwrap();
        assert_eq!((elsewhere[0].cluster.as_str(), elsewhere[0].agent_connected), (place, true));
        // One for its own cluster.
        assert_eq!(wire.asked("ListContainerInstances").len(), calls, "{place}");
    }
    // Checks S21: what was not searched all over is not absent.
    let (aws, wire) = lost("c29", CLUSTER);
    let seen = facts(&aws).await;
    assert!(seen.elsewhere.known().unwrap_err().to_string().contains("20 of 31 other clusters"));
    assert_eq!(wire.asked("ListContainerInstances").len(), 21);
}

// Checks S21.
#[tokio::test]
async fn a_cluster_that_may_not_be_searched_hides_no_other_and_is_not_searched() {
    let refused = r#"{"__type":"AccessDeniedException","message":"no"}"#;
    let searched = |place: &'static str| {
        aws(move |asked, body| match asked {
            "ListClusters" => Reply::ok(clusters(&["default", "c1"].map(str::to_owned))),
            "ListContainerInstances" if body.contains("\"default\"") => {
                Reply::Http(400, refused.to_owned())
            }
            "ListContainerInstances" if body.contains(&format!("\"{place}\"")) => {
                Reply::ok(listed())
            }
            "DescribeContainerInstances" => Reply::ok(registered("ACTIVE", false)),
            _ => usual(asked, body),
        })
    };
    let seen = facts(&searched("c1").0).await;
    assert_eq!(seen.elsewhere.known().unwrap()[0].cluster.as_str(), "c1");
    let seen = facts(&searched("nowhere").0).await;
    assert!(matches!(seen.elsewhere, Seen::Unknown(Fault::Forbidden { .. })));
}

// Checks S21.
#[tokio::test]
async fn a_refused_read_leaves_the_others() {
    let told = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error>\
        </Errors><RequestID>r</RequestID></Response>";
    let iam = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
    let ecs = r#"{"__type":"AccessDeniedException","message":"no"}"#;
    let reads: [(&str, &str, usize); 11] = [
        // With the instance, what it is made of: role, permissions, route, endpoints, egress.
        ("DescribeInstances", told, 6),
        ("DescribeInstanceStatus", told, 1),
        ("GetInstanceProfile", iam, 2),
        ("SimulatePrincipalPolicy", iam, 1),
        ("DescribeRouteTables", told, 1),
        ("DescribeVpcEndpoints", told, 1),
        ("DescribeSecurityGroups", told, 1),
        ("DescribeInstanceAttribute", told, 1),
        ("GetConsoleOutput", told, 1),
        // With the registration, the search for it elsewhere.
        ("ListContainerInstances", ecs, 2),
        ("ListClusters", ecs, 1),
    ];
    for (operation, body, lost) in reads {
        let (aws, _) = but(&[(operation, Reply::Http(403, body.to_owned()))]);
        let seen = facts(&aws).await;
        let forbidden = format!("{seen:?}").matches("Forbidden {").count();
        assert_eq!(forbidden, lost, "{operation}: {seen:?}");
        assert_eq!(culprit(&seen), None, "{operation}");
    }
}
