//! Mixes the ingredients: settings, clients, the custom resource's frame.

use aws::Aws;
use cluster_roles::{Roles, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::host::begin_logging();
    let lookup = |name: &str| std::env::var(name).ok();
    let settings = Settings::read(lookup)?;
    let world = Aws::from_env(lookup)?;
    lambda::custom_resource::run(Roles { world: &world, settings }, &world).await
}
