//! The wire door for `tests/house/conformance`: a world in which time passes only when it is told to, and whose outside is
//! told what to do, by lines of JSON on the standard input.
//!
//! `judged TEMPLATE BINARIES` answers with its endpoint, then each line with `null` or with what went wrong.

use jiff::SignedDuration;
use muster_local_aws::world::{self, ecs};
use muster_local_aws::{LocalAws, Pace, Setup, Template, TemplateStack};
use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;

type Outcome = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let (Some(template), Some(binaries)) = (arguments.next(), arguments.next()) else {
        return Err("judged TEMPLATE BINARIES".into());
    };
    let setup = Setup {
        world: world::Config::default(),
        template: Template::read(&std::fs::read_to_string(template)?, &BTreeMap::new())?,
        binaries: binaries.into(),
        port: None,
        pace: Pace::Unbounded,
    };
    let local = LocalAws::start(setup).await?;
    local.world(world::World::make_instance_role);
    let mut stacks = BTreeMap::new();
    let mut output = std::io::stdout();
    writeln!(output, "{}", local.endpoint())?;
    // This waits on the main thread; the doors are served on others.
    for line in std::io::stdin().lines() {
        let done = perform(&local, &mut stacks, &serde_json::from_str(&line?)?).await;
        let told = done.err().map_or(Value::Null, |error| error.to_string().into());
        writeln!(output, "{told}")?;
        output.flush()?;
    }
    Ok(())
}

async fn perform(
    local: &LocalAws,
    stacks: &mut BTreeMap<String, TemplateStack>,
    told: &Value,
) -> Outcome {
    let text = |name: &str| told[name].as_str().unwrap_or_default();
    let number = |name: &str| told[name].as_i64().unwrap_or_default();
    let instance = text("instance");
    match text("do") {
        "pass" => local.run_for(SignedDuration::from_secs(number("seconds"))).await,
        "throttle" => local.throttle(text("service"), u32::try_from(number("every"))?),
        "impair" => local.world(|world| world.impair(instance)),
        "warn" => local.world(|world| world.spot_warning(instance)),
        "lose" => local.world(|world| ecs::agent_lost(world, instance)),
        "late" => {
            let reads = u32::try_from(number("reads"))?;
            local.world(|world| world.iam.is_late_by(reads));
        }
        "schedule" => {
            let at = text("at").parse()?;
            local.world(|world| world.schedule_event(instance, text("code"), at));
        }
        "cancel" => local.world(|world| world.complete_event(instance, text("code"))),
        "cut" => local.world(|world| world.cut_route(text("subnet"))),
        "endpoint" => local.world(|world| world.add_vpc_endpoint(text("service"))),
        "make" => {
            let mut stack = TemplateStack::new(local, text("name"), text("template"), &[])?;
            let made = stack.create().await;
            stacks.insert(text("name").to_owned(), stack);
            made?;
        }
        "unmake" => match stacks.get_mut(text("name")) {
            Some(stack) => stack.delete().await?,
            None => return Err("there is no such stack".into()),
        },
        "stack" => {
            local.stack_is(text("id"), text("status"));
            if let Some(next) = told["next"].as_str() {
                local.stack_becomes(text("id"), u32::try_from(number("looks"))?, next);
            }
        }
        other => return Err(format!("{other} is not known").into()),
    }
    Ok(())
}
