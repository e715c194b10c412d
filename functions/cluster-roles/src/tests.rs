//! The settings, and how IAM is brought to rest, look by look.

use super::*;
use crate::roles::{in_nobodys_use, may_pass};
use domain::Fault;
use domain::roles::{Change, Existing, ExistingProfile, ExistingRole, RoleAction};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::cell::RefCell;

fn read(boundary: &str, raw: &str, settle: &str) -> Result<Settings, String> {
    Settings::read(|name| {
        let text = match name {
            "MUSTER_ROLES_BOUNDARY" => boundary,
            "MUSTER_RAW_STATEMENTS" => raw,
            "MUSTER_ROLES_SETTLE_SECONDS" => settle,
            _ => return None,
        };
        Some(text.to_owned())
    })
}

const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/Boundary";

#[test]
fn what_is_not_set_is_safe_and_what_is_set_is_read() {
    for unset in [Settings::read(|_| None), read("", "", ""), read("-", "-", "-")] {
        let settings = unset.unwrap();
        assert_eq!(settings.limits, Limits { boundary: None, raw_statements: false });
        assert_eq!(settings.settle, Duration::from_secs(10));
    }
    let set = read(BOUNDARY, "true", "60").unwrap();
    let boundary = Some(BOUNDARY.to_owned());
    assert_eq!(set.limits, Limits { boundary, raw_statements: true });
    assert_eq!(set.settle, Duration::from_mins(1));
    let least = read("-", "false", "0").unwrap();
    assert_eq!((least.limits.raw_statements, least.settle), (false, Duration::ZERO));
}

#[test]
fn every_setting_that_cannot_be_used_is_told_at_once() {
    for boundary in ["Boundary", "arn:aws:iam::123456789012:role/x", "x:policy/y"] {
        let told = read(boundary, "-", "-").unwrap_err();
        assert_eq!(told, "MUSTER_ROLES_BOUNDARY is no managed policy's ARN", "{boundary}");
    }
    for settle in ["61", "-1", "soon"] {
        let told = read("-", "-", settle).unwrap_err();
        assert!(told.starts_with("MUSTER_ROLES_SETTLE_SECONDS"), "{settle}: {told}");
    }
    let all = read("x", "yes", "x").unwrap_err();
    assert_eq!(all.split("; ").count(), 3, "{all}");
}

/// IAM as a list of what it shows, look after look; the last is shown for ever.
#[derive(Default)]
struct Iam {
    looks: RefCell<Vec<Result<Existing, Fault>>>,
    looked: RefCell<usize>,
    users: Vec<String>,
    refuses: RefCell<Vec<Fault>>,
    pauses: RefCell<Vec<Duration>>,
}

impl Iam {
    fn of(looks: Vec<Result<Existing, Fault>>) -> Self {
        Self { looks: RefCell::new(looks), ..Self::default() }
    }
}

impl LookRoles for Iam {
    async fn existing(&self, _: &Identity, _: &Wanted) -> Result<Existing, Fault> {
        *self.looked.borrow_mut() += 1;
        let mut looks = self.looks.borrow_mut();
        if looks.len() > 1 { looks.remove(0) } else { looks[0].clone() }
    }

    async fn users(&self, _: &str) -> Result<Vec<String>, Fault> {
        Ok(self.users.clone())
    }
}

impl ActRoles for Iam {
    async fn change(&self, _: &RoleAction) -> Result<(), Fault> {
        self.refuses.borrow_mut().pop().map_or(Ok(()), Err)
    }
}

impl Pause for Iam {
    async fn pause(&self, long: Duration) {
        self.pauses.borrow_mut().push(long);
    }
}

impl Stacks for Iam {
    async fn stack_status(&self, _: &str) -> Result<Option<String>, Fault> {
        Ok(Some("CREATE_IN_PROGRESS".to_owned()))
    }

    async fn resource_since(&self, _: &str, _: &str) -> Result<Option<Timestamp>, Fault> {
        Ok(None)
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn the_owner() -> Owner {
    Owner {
        partition: "aws".into(),
        account: "123456789012".into(),
        region: "us-west-2".into(),
        stack_id: "arn:aws:cloudformation:us-west-2:123456789012:stack/prod/1".into(),
        logical_id: "Roles".into(),
        creating: None,
    }
}

/// A cluster on Fargate: two roles, and none has a profile.
fn asked() -> Properties {
    Properties::read(&json!({ "ClusterName": "prod", "Capacity": "FARGATE" })).unwrap()
}

fn wanted() -> Wanted {
    domain::roles::wanted(&asked(), &the_owner(), &Limits::default()).unwrap()
}

/// All of it, as IAM shows it.
fn made() -> Existing {
    let wanted = wanted();
    let role = |role: &domain::roles::WantedRole| ExistingRole {
        arn: String::new(),
        path: role.path.clone(),
        description: role.description.clone(),
        boundary: role.boundary.clone(),
        trust: role.trust.clone(),
        policies: role.policies.clone(),
        attached: BTreeSet::new(),
        tags: role.tags.clone(),
        profiles: BTreeSet::new(),
    };
    Existing {
        roles: wanted.roles.iter().map(|one| (one.name.clone(), role(one))).collect(),
        profiles: BTreeMap::new(),
        service_linked: wanted.service_linked.iter().map(|one| one.name.to_owned()).collect(),
    }
}

fn converged(iam: &Iam) -> (Result<crate::roles::Made, String>, Record) {
    let mut record = Record::default();
    let (owner, settle) = (the_owner(), Duration::from_mins(1));
    let identity = Identity::of(&asked(), &owner);
    let made = block_on(converge(iam, &wanted(), &identity, &owner, settle, &mut record));
    (made, record)
}

fn throttled() -> Fault {
    Fault::Throttled { call: "iam:GetRole".into() }
}

fn forbidden() -> Fault {
    Fault::Forbidden { call: "iam:GetRole".into(), told: "no".into() }
}

#[test]
fn what_is_made_is_told_and_two_looks_must_show_it() {
    let iam = Iam::of(vec![Ok(Existing::default()), Ok(made())]);
    let (made_now, record) = converged(&iam);
    let made_now = made_now.unwrap();
    assert!(made_now.roles && made_now.service_linked.contains("AWSServiceRoleForECS"));
    assert_eq!(*iam.looked.borrow(), 3);
    assert!(record.because.ends_with("changes, and now everything is as asked"));

    let iam = Iam::of(vec![Ok(made())]);
    let (nothing, record) = converged(&iam);
    let nothing = nothing.unwrap();
    assert!(!nothing.roles && nothing.service_linked.is_empty());
    assert_eq!(record.because, "everything is as asked");
    assert_eq!((*iam.looked.borrow(), &*iam.pauses.borrow()), (2, &vec![Duration::from_secs(2)]));
    // What was made stays told where a later look asks for less.
    let mut but_one = made();
    let (name, role) = but_one.roles.pop_first().unwrap();
    but_one.roles.insert(name, ExistingRole { description: String::new(), ..role });
    let iam = Iam::of(vec![Ok(Existing::default()), Ok(but_one), Ok(made())]);
    assert!(converged(&iam).0.unwrap().roles);
}

#[test]
fn what_may_pass_is_looked_at_again_with_longer_pauses_and_the_rest_is_told_at_once() {
    let iam = Iam::of(vec![Err(throttled())]);
    assert!(converged(&iam).0.is_err());
    let pauses: Vec<u128> = iam.pauses.borrow().iter().map(Duration::as_millis).collect();
    assert_eq!(pauses, [250, 500, 1_000, 2_000, 4_000, 4_000]);
    let iam = Iam::of(vec![Err(throttled()), Ok(made())]);
    assert!(converged(&iam).0.is_ok());
    let out_of_time = Fault::OutOfTime { call: "iam:GetRole".into() };
    for fault in [forbidden(), out_of_time.clone()] {
        let iam = Iam::of(vec![Err(fault), Ok(made())]);
        assert!(converged(&iam).0.is_err());
        assert_eq!(*iam.looked.borrow(), 1);
    }
    assert!(may_pass(&throttled()) && !may_pass(&forbidden()) && !may_pass(&out_of_time));
}

#[test]
fn a_change_that_is_forbidden_ends_it_and_one_that_is_refused_is_judged_again() {
    let looks = || vec![Ok(Existing::default()), Ok(made())];
    let refused = |fault| Iam { refuses: RefCell::new(vec![fault]), ..Iam::of(looks()) };
    let iam = refused(forbidden());
    assert!(converged(&iam).0.is_err());
    assert_eq!(*iam.looked.borrow(), 1);
    assert!(converged(&refused(throttled())).0.is_ok());
    let so = Fault::AlreadySo { call: "iam:CreateRole".into(), told: "it exists".into() };
    let (made_now, record) = converged(&refused(so));
    let changes = record.changes.len();
    assert!(made_now.is_ok());
    let (_, all) = converged(&Iam::of(looks()));
    assert_eq!(changes + 1, all.changes.len(), "the others are made in the same round");
}

#[test]
fn a_profile_that_instances_use_is_neither_emptied_nor_deleted() {
    let profile = ExistingProfile {
        arn: "arn:p".into(),
        path: "/".into(),
        roles: BTreeSet::new(),
        tags: BTreeMap::new(),
    };
    let existing =
        Existing { profiles: BTreeMap::from([("p".to_owned(), profile)]), ..Existing::default() };
    let action = |name: &str, change| RoleAction { name: name.to_owned(), change };
    let takes = [
        action("r", Change::RemoveFromProfile { profile: "p".into() }),
        action("p", Change::DeleteProfile),
    ];
    for taken in takes {
        let used = Iam { users: vec!["i-1".into()], ..Iam::default() };
        let told = block_on(in_nobodys_use(&used, &existing, std::slice::from_ref(&taken)));
        assert!(told.unwrap_err().contains("i-1"), "{taken}");
        let unused = block_on(in_nobodys_use(&Iam::default(), &existing, &[taken]));
        assert_eq!(unused, Ok(()));
    }
    let used = Iam { users: vec!["i-1".into()], ..Iam::default() };
    let other = action("p", Change::DeleteRole);
    assert_eq!(block_on(in_nobodys_use(&used, &existing, &[other])), Ok(()));
}

fn request(id: Option<&str>, old: &Value) -> Request {
    let payload = json!({
        "RequestType": "Update",
        "RequestId": "r",
        "StackId": the_owner().stack_id,
        "LogicalResourceId": the_owner().logical_id,
        "PhysicalResourceId": id.unwrap_or_default(),
        "ResponseURL": "https://x",
        "ResourceProperties": { "ClusterName": "prod", "Capacity": "FARGATE" },
        "OldResourceProperties": old,
    });
    Request::read(&payload).unwrap()
}

#[test]
fn a_replacement_that_failed_is_known_by_its_old_properties_when_it_is_rolled_back() {
    let owner = the_owner();
    let had = Identity::of(&asked(), &owner);
    let id = had.physical_id();
    let old = json!({ "ClusterName": "prod", "NamePrefix": "other" });
    let other = Identity::of(&Properties::read(&old).unwrap(), &owner);
    let abandoned =
        |request: &Request, identity: &Identity| Roles::<Iam>::abandoned(request, &owner, identity);
    assert_eq!(Roles::<Iam>::had(&request(Some(&id), &Value::Null), &owner), Some(had.clone()));
    assert_eq!(Roles::<Iam>::had(&request(None, &Value::Null), &owner), None);
    assert_eq!(abandoned(&request(Some(&id), &old), &had), Some(other.clone()));
    // The identity that it is to have, or the one that it has, is no beginning to take away.
    assert_eq!(abandoned(&request(Some(&id), &old), &other), None);
    assert_eq!(abandoned(&request(Some(&other.physical_id()), &old), &had), None);
    assert_eq!(abandoned(&request(Some(&id), &json!({})), &had), None);
}

#[test]
fn the_function_has_its_name_and_an_attribute_is_never_empty() {
    let iam = Iam::default();
    let roles = Roles { world: &iam, settings: Settings::default() };
    assert_eq!(roles.name(), "cluster-roles");
    let names = |all: &[&str]| told(&all.iter().map(ToString::to_string).collect());
    assert_eq!((names(&[]), names(&["a", "b"])), ("none".to_owned(), "a,b".to_owned()));
}
