//! Whatever is asked for, what comes of it stays inside the templates: not compared as text, but evaluated as IAM does.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are not seen as tests"
)]

use domain::roles::{Limits, Owner, Properties, Wanted, WantedRole, wanted};
use serde_json::{Map, Value, json};

const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/Boundary";

fn owner() -> Owner {
    Owner {
        partition: "aws".into(),
        account: "123456789012".into(),
        region: "us-west-2".into(),
        stack_id: "arn:aws:cloudformation:us-west-2:123456789012:stack/prod/1".into(),
        logical_id: "Roles".into(),
        creating: None,
    }
}

/// Whether a pattern with stars and question marks fits a text, as in IAM.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            fits(rest, text) || text.split_first().is_some_and(|(_, later)| fits(pattern, later))
        }
        (Some((b'?', rest)), Some((_, later))) => fits(rest, later),
        (Some((one, rest)), Some((other, later))) => one == other && fits(rest, later),
        _ => false,
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

/// Whether a role's policies allow an action on a resource, with every condition taken as met: the widest reading.
fn allows(role: &WantedRole, action: &str, resource: &str) -> bool {
    let action = action.to_lowercase();
    role.policies.values().flat_map(|policy| policy["Statement"].as_array().unwrap()).any(|one| {
        assert_eq!(one["Effect"], "Allow");
        assert!(one.get("NotAction").is_none() && one.get("NotResource").is_none());
        texts(&one["Action"]).iter().any(|it| fits(it.to_lowercase().as_bytes(), action.as_bytes()))
            && texts(&one["Resource"]).iter().any(|it| fits(it.as_bytes(), resource.as_bytes()))
    })
}

/// Who may assume a role, and that nothing but a service may.
fn trusted(role: &WantedRole) -> &str {
    let statements = role.trust["Statement"].as_array().unwrap();
    assert_eq!(statements.len(), 1);
    let one = &statements[0];
    assert_eq!((&one["Effect"], &one["Action"]), (&json!("Allow"), &json!("sts:AssumeRole")));
    let principal = one["Principal"].as_object().unwrap();
    assert_eq!(principal.len(), 1);
    principal["Service"].as_str().unwrap()
}

/// What no role may ever do, on resources of its own account and of others.
const NEVER: [(&str, &str); 20] = [
    ("iam:CreateRole", "arn:aws:iam::123456789012:role/x"),
    ("iam:PassRole", "arn:aws:iam::123456789012:role/x"),
    ("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/muster/x"),
    ("iam:AttachRolePolicy", "*"),
    ("sts:AssumeRole", "arn:aws:iam::123456789012:role/x"),
    ("sts:AssumeRole", "*"),
    ("organizations:LeaveOrganization", "*"),
    ("lambda:InvokeFunction", "arn:aws:lambda:us-west-2:123456789012:function:x"),
    ("ec2:RunInstances", "*"),
    ("ec2:TerminateInstances", "arn:aws:ec2:us-west-2:123456789012:instance/i-0a1b2c3d"),
    ("ecs:CreateCluster", "arn:aws:ecs:us-west-2:123456789012:cluster/x"),
    ("ecs:UpdateService", "arn:aws:ecs:us-west-2:123456789012:service/other/x"),
    ("ecs:RegisterContainerInstance", "arn:aws:ecs:us-west-2:123456789012:cluster/other"),
    ("ecs:Poll", "arn:aws:ecs:us-west-2:123456789012:container-instance/other/x"),
    ("ecr:BatchGetImage", "arn:aws:ecr:us-west-2:999999999999:repository/x"),
    ("s3:GetObject", "arn:aws:s3:::not-asked-for/x"),
    ("sqs:SendMessage", "arn:aws:sqs:us-west-2:999999999999:jobs"),
    (
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:us-west-2:123456789012:secret:unasked",
    ),
    ("ssm:GetParameters", "arn:aws:ssm:us-west-2:123456789012:parameter/unasked"),
    ("kms:Decrypt", "arn:aws:kms:us-west-2:123456789012:key/unasked"),
];

const SERVICES: [&str; 4] = [
    "application-autoscaling.amazonaws.com",
    "ec2.amazonaws.com",
    "ecs.amazonaws.com",
    "ecs-tasks.amazonaws.com",
];

// Checks S31, S32.
fn stays_inside(all: &Wanted, told: &dyn Fn() -> String) {
    for role in &all.roles {
        assert!(SERVICES.contains(&trusted(role)), "{}", told());
        assert_eq!(role.boundary.as_deref(), Some(BOUNDARY), "{}", told());
        assert!(role.name.len() <= 64 && role.path.starts_with("/muster/"), "{}", told());
        for (action, resource) in NEVER {
            assert!(!allows(role, action, resource), "{} may {action}: {}", role.name, told());
        }
    }
}

/// Texts that somebody may try, and some that are right; divided by blanks where they have none.
const WORDS: &str = "prod true false EC2 FARGATE * ** a* *a a*b ? a? .. / /muster/ /muster/a/ /muster/../ \
    arn:aws:iam::aws:policy/AdministratorAccess arn:aws:iam::123456789012:policy/Boundary \
    arn:aws:iam::999999999999:policy/x arn:aws:s3:::x bucket bucket/key* bucket/* jobs iam:* s3:* sts:AssumeRole *:* \
    Allow Deny key/1 1234abcd-12ab-34cd-56ef-1234567890ab alias/x ${aws:username} Volumes LoadBalancers \
    x\",\"Effect\":\"Allow";
const NAMES: &str = "ClusterName Capacity Path NamePrefix PermissionsBoundary Tags ImageRepositories LogGroups \
    TaskExecution TaskRoles SessionManager CloudWatchAgent SpotDraining ServiceLinkedRoles Infrastructure ServiceToken \
    Secrets Parameters Keys web read write Effect Action Resource";
const GRANTS: &str = "s3 sqs sns dynamodb ssm secretsmanager kms exec statements";

fn one_of<'a>(rng: &mut fastrand::Rng, all: &'a str) -> &'a str {
    let words: Vec<&str> = all.split_whitespace().collect();
    words[rng.usize(0..words.len())]
}

fn any(rng: &mut fastrand::Rng, depth: u32) -> Value {
    match rng.u32(0..if depth == 0 { 4 } else { 8 }) {
        0..=1 => json!(one_of(rng, WORDS)),
        2 => json!(["", " ", "a\u{0}b", "a\nb", "\u{202e}x"][rng.usize(0..5)]),
        3 => [json!(null), json!(true), json!(-1), json!(1e300)][rng.usize(0..4)].clone(),
        4 | 5 => (0..rng.u32(0..4)).map(|_| any(rng, depth - 1)).collect(),
        _ => {
            let mut all = Map::new();
            for _ in 0..rng.u32(0..5) {
                let names = if rng.bool() { NAMES } else { GRANTS };
                all.insert(one_of(rng, names).to_owned(), any(rng, depth - 1));
            }
            Value::Object(all)
        }
    }
}

/// Properties that are mostly right, with one or two things in them that may be anything.
fn asked(rng: &mut fastrand::Rng) -> Value {
    let grants = [
        ("s3", json!({ "read": "bucket/key*" })),
        ("sqs", json!(["jobs"])),
        ("dynamodb", json!({ "write": "orders" })),
        ("secretsmanager", json!("db*")),
        ("exec", json!("true")),
    ];
    let mut role: Map<String, Value> = Map::new();
    for (name, value) in grants {
        if rng.bool() {
            role.insert(name.to_owned(), value);
        }
    }
    if rng.u32(0..3) == 0 {
        role.insert(one_of(rng, GRANTS).to_owned(), any(rng, 3));
    }
    let mut all = Map::new();
    all.insert("ClusterName".to_owned(), json!("prod"));
    all.insert("TaskRoles".to_owned(), json!({ "web": role }));
    for _ in 0..rng.u32(0..3) {
        all.insert(one_of(rng, NAMES).to_owned(), any(rng, 3));
    }
    Value::Object(all)
}

#[test]
fn of_a_million_documents_none_yields_a_role_outside_the_templates() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let yielded: u32 = std::thread::scope(|scope| {
        let part = |first| (first..1_000_000).step_by(threads);
        let working: Vec<_> =
            (0..threads).map(|first| scope.spawn(move || yielded_by(part(first)))).collect();
        working.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert!(yielded > 200_000, "{yielded} documents were taken: too few to show anything");
}

/// How many of these documents were taken.
fn yielded_by(seeds: impl Iterator<Item = usize>) -> u32 {
    let limits = Limits { boundary: Some(BOUNDARY.to_owned()), raw_statements: false };
    let (owner, mut yielded) = (owner(), 0_u32);
    for seed in seeds {
        let mut rng = fastrand::Rng::with_seed(u64::try_from(seed).unwrap());
        let document = if seed % 8 == 0 { any(&mut rng, 5) } else { asked(&mut rng) };
        let Ok(properties) = Properties::read(&document) else {
            continue;
        };
        let Ok(all) = wanted(&properties, &owner, &limits) else {
            continue;
        };
        yielded += 1;
        // The cluster `other` and the names `unasked` are never asked for here.
        stays_inside(&all, &|| format!("seed {seed}: {document}"));
    }
    yielded
}

#[test]
fn what_is_granted_is_allowed_and_its_neighbour_is_not() {
    let properties = json!({
        "ClusterName": "prod",
        "TaskRoles": { "web": {
            "s3": { "read": ["bucket/in/*"], "write": "out" }, "sqs": { "receive": "jobs" },
            "sns": "news", "dynamodb": { "read": "orders" }, "ssm": "/app/*",
            "secretsmanager": "db", "exec": true, "kms": { "decrypt": "1234abcd" },
        } },
        "TaskExecution": { "Secrets": ["pull"], "Parameters": "start", "Keys": "5678efgh" },
        "ImageRepositories": ["team/*"], "LogGroups": "/ecs/prod",
    });
    let properties = Properties::read(&properties).unwrap();
    let all = wanted(&properties, &owner(), &Limits::default()).unwrap();
    let table = "
        TaskRole.web s3:GetObject arn:aws:s3:::bucket/in/x yes
        TaskRole.web s3:GetObject arn:aws:s3:::bucket/out no
        TaskRole.web s3:PutObject arn:aws:s3:::bucket/in/x no
        TaskRole.web s3:PutObject arn:aws:s3:::out/x yes
        TaskRole.web s3:PutObject arn:aws:s3:::outer/x no
        TaskRole.web sqs:ReceiveMessage @sqs:jobs yes
        TaskRole.web sqs:SendMessage @sqs:jobs no
        TaskRole.web sns:Publish @sns:news yes
        TaskRole.web dynamodb:Query @dynamodb:table/orders/index/by-day yes
        TaskRole.web dynamodb:PutItem @dynamodb:table/orders no
        TaskRole.web ssm:GetParameter @ssm:parameter/app/x yes
        TaskRole.web ssm:GetParameter @ssm:parameter/apple no
        TaskRole.web secretsmanager:GetSecretValue @secretsmanager:secret:db-a1b2c3 yes
        TaskRole.web secretsmanager:GetSecretValue @secretsmanager:secret:db-other-a1b2c3 no
        TaskRole.web kms:Decrypt @kms:key/1234abcd yes
        TaskRole.web kms:Encrypt @kms:key/1234abcd no
        TaskRole.web ssmmessages:OpenDataChannel * yes
        ECSTaskExecutionRole secretsmanager:GetSecretValue @secretsmanager:secret:pull-a1b2c3 yes
        ECSTaskExecutionRole ssm:GetParameters @ssm:parameter/start yes
        ECSTaskExecutionRole kms:Decrypt @kms:key/5678efgh yes
        ECSTaskExecutionRole ecr:BatchGetImage @ecr:repository/team/web yes
        ECSTaskExecutionRole ecr:BatchGetImage @ecr:repository/other no
        EC2Role logs:PutLogEvents @logs:log-group:/ecs/prod:log-stream:x yes
        EC2Role logs:PutLogEvents @logs:log-group:/ecs/production:log-stream:x no
        EC2Role ecs:Poll @ecs:container-instance/prod/abc yes
        EC2Role ecs:Poll @ecs:container-instance/production/abc no
        EC2Role ecs:UpdateContainerInstancesState @ecs:container-instance/prod/abc no
        EC2Role ssm:UpdateInstanceInformation @ec2:instance/i-0a1b2c3d no
        AutoScalingRole ecs:UpdateService @ecs:service/prod/web yes";
    for line in table.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let role = all.roles.iter().find(|role| role.attribute == words[0]).unwrap();
        let resource = match words[2].strip_prefix('@').and_then(|rest| rest.split_once(':')) {
            Some((service, rest)) => format!("arn:aws:{service}:us-west-2:123456789012:{rest}"),
            None => words[2].to_owned(),
        };
        assert_eq!(allows(role, words[1], &resource), words[3] == "yes", "{line}");
    }
}

#[test]
fn statements_are_taken_only_where_the_operator_says_so_and_never_of_some_services() {
    let asked = |statement: Value| {
        let roles = json!({ "web": { "statements": [statement] } });
        Properties::read(&json!({ "ClusterName": "prod", "TaskRoles": roles }))
    };
    let plain = json!({ "Effect": "Allow", "Action": "polly:SynthesizeSpeech", "Resource": "*" });
    let properties = asked(plain.clone()).unwrap();
    let limited = |raw_statements, boundary: Option<&str>| {
        let limits = Limits { raw_statements, boundary: boundary.map(str::to_owned) };
        wanted(&properties, &owner(), &limits)
    };
    assert!(limited(true, Some(BOUNDARY)).is_ok());
    for refused in [limited(false, Some(BOUNDARY)), limited(true, None)] {
        let told = refused.unwrap_err().to_string();
        assert!(told.starts_with("TaskRoles.web.statements must be absent"), "{told}");
    }
    let with = |name: &str, value: Value| {
        let mut statement = plain.clone();
        statement[name] = value;
        asked(statement)
    };
    let condition = json!({ "StringEquals": { "aws:RequestedRegion": "eu-west-1" } });
    assert!(with("Condition", condition).is_ok());
    for (name, value) in [
        ("Action", json!("*")),
        ("Action", json!("iam:PassRole")),
        ("Action", json!("IAM:*")),
        ("Action", json!(["s3:GetObject", "sts:AssumeRole"])),
        ("Action", json!("s3")),
        ("Action", json!([])),
        ("Resource", json!("bucket")),
        ("Resource", json!(null)),
        ("Effect", json!("allow")),
        ("Principal", json!("*")),
        ("NotAction", json!("s3:GetObject")),
        ("NotResource", json!("*")),
        ("Condition", json!("x")),
        ("Sid", json!("a b")),
    ] {
        let told = with(name, value.clone()).unwrap_err().to_string();
        assert!(told.contains("TaskRoles.web.statements"), "{name} {value}: {told}");
    }
}
