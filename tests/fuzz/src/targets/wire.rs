//! The local AWS's protocols and calls: a request a line, `ecs OPERATION JSON` or `SERVICE QUERY`, on a world of its own.

#[path = "../../../local-aws/src/wire/query.rs"]
mod query;
#[path = "../../../local-aws/src/wire/xml.rs"]
#[expect(dead_code, reason = "S3's errors are the door's own matter")]
mod xml;

use local_aws::world::{Answer, Config, Service, World};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;
use xml::Dialect;

/// So many requests of an input are made.
const REQUESTS: usize = 12;
/// More hosts and tasks than these show nothing that these do not.
const CROWD: i64 = 100;
/// So many times something happens by itself after each.
const HAPPENINGS: usize = 30;

pub(crate) fn run(data: &[u8]) {
    let mut world = World::new(Config::default());
    let text = String::from_utf8_lossy(data);
    for line in text.lines().take(REQUESTS) {
        request(&mut world, line);
        for _ in 0..HAPPENINGS {
            let Some(due) = world.next_due() else { break };
            world.advance_to(due);
        }
    }
    for event in world.core.take_events() {
        assert!(event.get("detail-type").is_some_and(Value::is_string), "{event}");
    }
}

fn request(world: &mut World, line: &str) {
    let Some((service, rest)) = line.split_once(' ') else { return };
    let (service, dialect) = match service {
        "ecs" => return json(world, rest),
        "ec2" => (Service::Ec2, Dialect::Ec2),
        "autoscaling" => (Service::AutoScaling, Dialect::Query("urn:x")),
        "iam" => (Service::Iam, Dialect::Query("urn:x")),
        _ => return,
    };
    let query = query::read(rest.as_bytes());
    assert_eq!(query::read(rest.as_bytes()), query);
    if is_crowded(&query.input) {
        return;
    }
    let answer = world.call(service, &query.action, &query.input);
    told(&answer);
    let body = match &answer {
        Ok(answer) => dialect.answer(&query.action, answer, "r-1"),
        Err(error) => dialect.error(error, "r-1"),
    };
    // The operation is an element's name; nothing is answered to one that there is not.
    if answer.is_ok() || query.action.bytes().all(|b| b.is_ascii_alphanumeric()) {
        well_formed(&body);
    }
}

fn json(world: &mut World, rest: &str) {
    let (operation, input) = rest.split_once(' ').unwrap_or((rest, "{}"));
    let Some(input) = super::json(input.as_bytes()).filter(Value::is_object) else { return };
    if is_crowded(&input) {
        return;
    }
    told(&world.call(Service::Ecs, operation, &input));
}

fn is_crowded(input: &Value) -> bool {
    ["DesiredCapacity", "MinSize", "desiredCount"].iter().any(|name| {
        let value = input.get(name);
        let number = value.and_then(|it| it.as_i64().or_else(|| it.as_str()?.parse().ok()));
        number.is_some_and(|number| number > CROWD)
    })
}

fn told(answer: &Answer) {
    if let Err(error) = answer {
        assert!((400..600).contains(&error.status) && !error.code.is_empty(), "{error}");
    }
}

/// What is written is one element with all of it inside.
fn well_formed(body: &[u8]) {
    let mut reader = Reader::from_reader(body);
    let (mut depth, mut roots) = (0_usize, 0_usize);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(Event::Start(_)) => {
                roots = roots.saturating_add(usize::from(depth == 0));
                depth = depth.saturating_add(1);
            }
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(_) => {}
            Err(error) => assert!(body.is_empty(), "{error}: {}", String::from_utf8_lossy(body)),
        }
    }
    assert_eq!((depth, roots), (0, 1), "{}", String::from_utf8_lossy(body));
}
