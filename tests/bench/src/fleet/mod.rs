//! How calls, time and memory grow with the hosts: the binaries, on the local AWS with settled clusters.

mod bound;
mod yard;

use comfy_table::{Table, presets::ASCII_MARKDOWN};
use yard::{Measured, Yard};

/// What a whole account comes to: so many clusters with so many hosts each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    clusters: u32,
    hosts: u32,
}

/// The sizes of one cluster.
const ONE: [u32; 4] = [10, 100, 1_000, 5_000];
/// Accounts of many clusters, of a hundred hosts and of a thousand each.
const MANY: [Size; 3] = [
    Size { clusters: 100, hosts: 10 },
    Size { clusters: 100, hosts: 100 },
    Size { clusters: 100, hosts: 1_000 },
];

/// The tables; the largest account only where it is asked for.
pub(crate) fn table(full: bool) -> Result<String, std::io::Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (mut events, mut sweeps) = (heads(&EVENTS), heads(&SWEEPS));
    let ones = ONE.map(|hosts| Size { clusters: 1, hosts });
    let many = MANY.iter().copied().filter(|size| full || size.clusters * size.hosts <= 10_000);
    for size in ones.into_iter().chain(many) {
        let measured = runtime.block_on(async { Yard::settled(size).await.measured().await });
        if size.clusters == 1 {
            event_rows(&mut events, size, &measured);
        }
        sweep_rows(&mut sweeps, size, &measured);
    }
    Ok(format!("{events}\n\n{sweeps}"))
}

fn heads(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN);
    table.set_header(header);
    table
}

const EVENTS: [&str; 5] =
    ["function, at an event about one host", "hosts", "calls", "to find its registration", "CPU"];

fn event_rows(table: &mut Table, size: Size, measured: &Measured) {
    for (function, one) in &measured.events {
        table.add_row([
            function.clone(),
            size.hosts.to_string(),
            one.calls().to_string(),
            one.of("ecs:ListContainerInstances").to_string(),
            format!("{:.1} ms", one.cpu),
        ]);
    }
}

const SWEEPS: [&str; 10] = [
    "function, at one tick",
    "clusters",
    "hosts in all",
    "invocations",
    "calls",
    "least",
    "ratio",
    "CPU",
    "CPU a host",
    "peak memory of a process",
];

fn sweep_rows(table: &mut Table, size: Size, measured: &Measured) {
    for (function, one) in &measured.ticks {
        let least = bound::of_a_tick(function, size);
        let hosts = size.clusters * size.hosts;
        table.add_row([
            function.clone(),
            size.clusters.to_string(),
            hosts.to_string(),
            one.invocations.to_string(),
            one.calls().to_string(),
            least.to_string(),
            format!("{:.2}", float(one.calls()) / float(least)),
            format!("{:.0} ms", one.cpu),
            format!("{:.1} µs", one.cpu * 1_000.0 / f64::from(hosts)),
            format!("{:.1} MB", one.memory),
        ]);
    }
}

fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
