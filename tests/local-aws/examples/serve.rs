//! Just the wire door, with an empty world whose time follows the clock on the wall.
//!
//! `cargo run -p muster-local-aws --example serve -- 4566`, then
//! `aws --endpoint-url http://127.0.0.1:4566 ecs list-clusters`.

use muster_local_aws::{LocalAws, Pace, Setup, Template, world};
use std::error::Error;
use std::io::Write;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).map(|port| port.parse()).transpose()?;
    let setup = Setup {
        world: world::Config::default(),
        template: Template::default(),
        binaries: std::env::temp_dir(),
        port,
        pace: Pace::Unbounded,
    };
    let local = LocalAws::start(setup).await?;
    writeln!(std::io::stdout(), "{}", local.endpoint())?;
    local.run_live().await;
    Ok(())
}
