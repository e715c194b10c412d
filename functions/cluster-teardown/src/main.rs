//! Mixes the ingredients: settings, clients, the custom resource's frame.

use aws::Aws;
use cluster_teardown::{Teardown, wait};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::host::begin_logging();
    let lookup = |name: &str| std::env::var(name).ok();
    let policy = lambda::host::settings()?;
    let wait = wait(lookup)?;
    let world = Aws::from_env(lookup)?;
    lambda::custom_resource::run(Teardown { world: &world, policy, wait }, &world).await
}
