//! Scheduled events of instances, and how AWS Health tells of them.
//!
//! Docs: `health/latest/ug/aws-health-events-eventbridge-schema.html`.

use super::{Due, ScheduledEvent, State, StateReason, life};
use crate::world::World;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::{Value, json};

/// What EC2 plans. No API: the demo and the tests call it.
impl World {
    /// EC2 plans to do something to an instance, and AWS Health says so. `code` is EC2's, for example
    /// `instance-retirement`, `instance-reboot` or `system-reboot`.
    ///
    /// When the time comes, unless the event was completed before, a retirement or a stop stops the
    /// instance, and a reboot is completed. Nothing happens if the instance is unknown, gone or going.
    pub fn schedule_event(&mut self, instance: &str, code: &str, not_before: Timestamp) {
        let id = format!("instance-event-{}", self.core.hex(17));
        let live = self.ec2.instances.get_mut(instance).filter(|one| !one.state.is_going());
        let Some(host) = live else { return };
        let event =
            ScheduledEvent { id: id.clone(), code: code.to_owned(), not_before, completed: false };
        host.events.push(event.clone());
        say(self, instance, &event);
        let due = Due::Scheduled { instance: instance.to_owned(), event: id };
        self.core.set_timer_at(not_before, crate::world::core::Due::Ec2(due));
    }

    /// All that EC2 planned under this code for an instance is done, and AWS Health says so.
    pub fn complete_event(&mut self, instance: &str, code: &str) {
        let Some(host) = self.ec2.instances.get_mut(instance) else { return };
        let open = host.events.iter_mut().filter(|it| it.code == code && !it.completed);
        let done: Vec<ScheduledEvent> = open
            .map(|event| {
                event.completed = true;
                event.clone()
            })
            .collect();
        for event in done {
            say(self, instance, &event);
        }
    }
}

/// The time of a scheduled event has come.
pub(super) fn happen(world: &mut World, id: &str, event: &str) {
    let Some(instance) = world.ec2.instances.get_mut(id) else { return };
    let open = instance.events.iter().find(|it| it.id == event && !it.completed);
    let Some(code) = open.map(|event| event.code.clone()) else { return };
    if matches!(code.as_str(), "instance-retirement" | "instance-stop")
        && instance.state == State::Running
    {
        let text = "Stopped due to scheduled retirement";
        instance.reason = Some(StateReason::new("Server.ScheduledStop", text));
        life::enter(world, id, State::Stopping);
    }
    world.complete_event(id, &code);
}

fn type_code(code: &str) -> String {
    let kind = match code {
        "instance-retirement" => "INSTANCE_RETIREMENT",
        "instance-stop" => "INSTANCE_STOP",
        "instance-reboot" => "INSTANCE_REBOOT_MAINTENANCE",
        "system-reboot" => "SYSTEM_REBOOT_MAINTENANCE",
        _ => "SYSTEM_MAINTENANCE",
    };
    format!("AWS_EC2_{kind}_SCHEDULED")
}

/// `Thu, 27 Aug 2026 13:19:03 GMT`.
fn words(at: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default()
}

fn say(world: &mut World, instance: &str, event: &ScheduledEvent) {
    let (region, account) = (world.core.region().to_owned(), world.core.account().to_owned());
    let (now, type_code) = (words(world.core.now()), type_code(&event.code));
    let number = event.id.trim_start_matches("instance-event-");
    let detail: Value = json!({
        "eventArn": format!("arn:aws:health:{region}::event/{type_code}_{number}"),
        "service": "EC2",
        "eventTypeCode": type_code,
        "eventTypeCategory": "scheduledChange",
        "eventScopeCode": "ACCOUNT_SPECIFIC",
        "communicationId": format!("{}-1", world.core.hex(24)),
        "startTime": words(event.not_before),
        "lastUpdatedTime": now,
        "statusCode": if event.completed { "closed" } else { "upcoming" },
        "eventRegion": region,
        "eventDescription": [{
            "language": "en_US",
            "latestDescription": event.description(),
        }],
        "affectedEntities": [{
            "entityValue": format!("arn:aws:ec2:{region}:{account}:instance/{instance}"),
            "lastUpdatedTime": now,
            "status": if event.completed { "RESOLVED" } else { "PENDING" },
        }],
        "affectedAccount": account,
        "page": "1",
        "totalPages": "1",
        "backupEvent": "false",
        "personas": ["OPERATIONS"],
        "actionability": "ACTION_REQUIRED",
    });
    world.core.say("aws.health", "AWS Health Event", &[instance.to_owned()], detail);
}
