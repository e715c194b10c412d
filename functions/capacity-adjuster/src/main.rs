//! Mixes the ingredients: settings, clients, the frame.

use aws::Aws;
use capacity_adjuster::Adjuster;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::host::begin_logging();
    let settings = lambda::host::settings()?;
    let world = Aws::from_env(|name| std::env::var(name).ok())?;
    lambda::run(Adjuster { world: &world, settings }, &world).await
}
