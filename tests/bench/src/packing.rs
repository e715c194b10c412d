//! Packing: how its cost grows, and how far from the bound it stays.

use comfy_table::{Table, presets::ASCII_MARKDOWN};
use domain::host::Room;
use domain::pack::{Amount, Job, Kind, pack};
use std::time::{Duration, Instant};

/// Hosts of 16 vCPU and 64 GiB, of which this is left on those that there are.
const WHOLE: Amount = Amount { cpu: 16_384, memory: 65_536, gpus: 0, interfaces: u32::MAX };
/// How often each is measured; the best counts, for whatever else the machine does only adds.
const TIMES: u32 = 5;

fn room(rng: &mut fastrand::Rng, full: bool) -> Room {
    let left = |rng: &mut fastrand::Rng, all: u32| if full { rng.u32(0..all / 2) } else { all };
    let (cpu, memory) = (left(rng, WHOLE.cpu), left(rng, WHOLE.memory));
    Room { amount: Amount { cpu, memory, ..WHOLE }, ports: Vec::new() }
}

/// Tasks no two of which are alike: the worst case, as a service's tasks are placed together.
fn tasks(rng: &mut fastrand::Rng, count: u32) -> Vec<Job> {
    let one = |rng: &mut fastrand::Rng| Job {
        each: Amount {
            cpu: rng.u32(128..4_096),
            memory: rng.u32(256..16_384),
            gpus: 0,
            interfaces: 1,
        },
        count: 1,
        ..Job::default()
    };
    (0..count).map(|_| one(rng)).collect()
}

/// The table.
pub(crate) fn table() -> String {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN);
    table.set_header(["tasks", "hosts there", "new hosts", "bound", "plan", "per task"]);
    for (count, there) in
        [(100, 10), (1_000, 100), (10_000, 1_000), (100_000, 10_000), (10_000, 0), (100_000, 0)]
    {
        let mut rng = fastrand::Rng::with_seed(u64::from(count));
        let jobs = tasks(&mut rng, count);
        let rooms: Vec<Room> = (0..there).map(|_| room(&mut rng, true)).collect();
        let empty = room(&mut rng, false);
        let mut best = Duration::MAX;
        let mut packed = domain::pack::Packed::default();
        for _ in 0..TIMES {
            let from = Instant::now();
            packed = pack(&jobs, &rooms, &Kind::only(&empty));
            best = best.min(from.elapsed());
        }
        table.add_row([
            count.to_string(),
            there.to_string(),
            packed.hosts.to_string(),
            packed.bound.to_string(),
            format!("{:.2} ms", best.as_secs_f64() * 1_000.0),
            format!("{:.2} µs", best.as_secs_f64() * 1_000_000.0 / f64::from(count)),
        ]);
    }
    table.to_string()
}
