//! The parts of the file: groups, services, batches, failures.

use super::node::{Fields, Node, Wrong};
use super::settings;
use domain::GroupName;
use domain::pack::Amount;
use simulation::town::{
    Arrivals, BatchPlan, Count, Failures, GroupPlan, Placement, Plan, ServicePlan,
};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const PLACEMENTS: [(&str, Placement); 4] = [
    ("az-spread", Placement::AzSpread),
    ("az-binpack", Placement::AzBinpack),
    ("binpack", Placement::Binpack),
    ("one-per-host", Placement::OnePerHost),
];

type Price = Option<(f64, f64)>;

pub(super) fn group(node: &Node<'_>) -> Result<(GroupPlan, Price), Wrong> {
    let mut fields = node.fields()?;
    let name = name(&mut fields)?;
    let min = fields.number_or("min", 0, 0, 1_000)?;
    let max = fields.need("max")?.number(min.max(1), 1_000)?;
    let host = fields.need("host")?;
    let mut parts = host.fields()?;
    let amount = amount(&mut parts, 1_048_576, 33_554_432)?;
    parts.end()?;
    let boot = fields.number_or("boot-seconds", 90, 15, 3_600)?;
    let zones = fields.number_or("zones", 3, 1, 6)?;
    let spot = fields.get("spot").map_or(Ok(0), |node| node.percent())?;
    let price = fields.get("price").map(|node| node.price()).transpose()?;
    let spot_price = fields.get("spot-price").map(|node| node.price()).transpose()?;
    if spot_price.is_some() && price.is_none() {
        return Err(node.wrong("has a spot-price and no price"));
    }
    let tags = settings(fields.get("settings"))?;
    fields.end()?;
    let plan = GroupPlan {
        name,
        min,
        max,
        host: amount,
        boot: i64::from(boot) * SECOND,
        zones,
        spot_percent: spot / 10_000,
        tags,
    };
    Ok((plan, price.map(|price| (price, spot_price.unwrap_or(price)))))
}

pub(super) fn service(node: &Node<'_>) -> Result<ServicePlan, Wrong> {
    let mut fields = node.fields()?;
    let plan = ServicePlan {
        name: name(&mut fields)?,
        each: amount(&mut fields, 1_048_576, 33_554_432)?,
        count: count(&fields.need("count")?)?,
        placement: placement(&mut fields)?,
        least: fields.number_or("minimum-healthy-percent", 100, 0, 100)?,
        most: fields.number_or("maximum-percent", 200, 100, 400)?,
    };
    fields.end()?;
    Ok(plan)
}

/// A number, or one of the shapes.
fn count(node: &Node<'_>) -> Result<Count, Wrong> {
    if !node.is_mapping() {
        return Ok(Count::Steady(node.number(0, 10_000)?));
    }
    let mut shapes = node.fields()?;
    let (diurnal, bursts) = (shapes.get("diurnal"), shapes.get("bursts"));
    shapes.end()?;
    match (diurnal, bursts) {
        (Some(one), None) => {
            let mut fields = one.fields()?;
            let low = fields.need("low")?.number(0, 10_000)?;
            let high = fields.need("high")?.number(low, 10_000)?;
            let peak_hour = fields.number_or("peak-hour", 15, 0, 23)?;
            let weekend = fields.get("weekend").map_or(Ok(1_000_000), |node| node.percent())?;
            fields.end()?;
            Ok(Count::Diurnal { low, high, peak_hour, weekend_percent: weekend / 10_000 })
        }
        (None, Some(one)) => {
            let mut fields = one.fields()?;
            let base = fields.need("base")?.number(0, 10_000)?;
            let to = fields.need("to")?.number(base, 10_000)?;
            let every = fields.need("every-minutes")?.number(10, 10_080)?;
            let lasts = fields.need("lasts-minutes")?.number(5, 10_080)?;
            fields.end()?;
            let (every, lasts) = (i64::from(every) * MINUTE, i64::from(lasts) * MINUTE);
            Ok(Count::Bursts { base, to, every, lasts })
        }
        _ => Err(node.wrong("must be a number, or either diurnal or bursts")),
    }
}

pub(super) fn batch(node: &Node<'_>) -> Result<BatchPlan, Wrong> {
    let mut fields = node.fields()?;
    let name = name(&mut fields)?;
    let each = amount(&mut fields, 1_048_576, 33_554_432)?;
    let (steadily, tasks) = (fields.get("tasks-an-hour"), fields.get("tasks"));
    let daily = fields.get("at-hour");
    let arrivals = match (steadily, tasks, daily) {
        (Some(steadily), None, None) => Arrivals::AnHour(steadily.number(1, 10_000)?),
        (None, Some(tasks), Some(daily)) => {
            Arrivals::Daily { tasks: tasks.number(1, 10_000)?, at_hour: daily.number(0, 23)? }
        }
        _ => return Err(node.wrong("must have either tasks-an-hour, or tasks and at-hour")),
    };
    let lasts = fields.need("lasts-minutes")?;
    let mut span = lasts.fields()?;
    let from = span.need("from")?.number(1, 10_080)?;
    let to = span.need("to")?.number(from, 10_080)?;
    span.end()?;
    let placement = placement(&mut fields)?;
    fields.end()?;
    let lasts = (i64::from(from) * MINUTE, i64::from(to) * MINUTE);
    Ok(BatchPlan { name, each, arrivals, lasts, placement })
}

pub(super) fn failures(node: &Node<'_>) -> Result<Failures, Wrong> {
    let mut fields = node.fields()?;
    let mut rate = |name| fields.get(name).map_or(Ok(0), |node| node.percent());
    let failures = Failures {
        never_join: rate("boots-that-never-join")?,
        agents_lost: rate("agents-lost-a-day")?,
        interruptions: rate("spot-interruptions-a-day")?,
        retirements: rate("ec2-retirements-a-day")?,
    };
    fields.end()?;
    Ok(failures)
}

fn name(fields: &mut Fields<'_>) -> Result<String, Wrong> {
    let node = fields.need("name")?;
    let text = node.text()?;
    // A group's name is the strictest of them.
    let fits = text.len() <= 60 && text.parse::<GroupName>().is_ok();
    if fits { Ok(text) } else { Err(node.wrong(format!("must be a name, not {text:?}"))) }
}

fn amount(fields: &mut Fields<'_>, cpu: u32, memory: u32) -> Result<Amount, Wrong> {
    let cpu = fields.need("cpu")?.number(1, cpu)?;
    let memory = fields.need("memory")?.number(4, memory)?;
    Ok(Amount { cpu, memory, ..Amount::default() })
}

fn placement(fields: &mut Fields<'_>) -> Result<Placement, Wrong> {
    let node = fields.get("placement");
    node.map_or(Ok(Placement::default()), |node| node.word(&PLACEMENTS))
}

/// The most tasks that may be wanted at once.
pub(super) fn most_tasks(plan: &Plan) -> u64 {
    let services = plan.services.iter().map(|one| match one.count {
        Count::Steady(count) => count,
        Count::Diurnal { high, .. } => high,
        Count::Bursts { to, .. } => to,
    });
    let batches = plan.batches.iter().map(|one| match one.arrivals {
        Arrivals::AnHour(count) => count,
        Arrivals::Daily { tasks, .. } => tasks,
    });
    services.chain(batches).map(u64::from).sum()
}
