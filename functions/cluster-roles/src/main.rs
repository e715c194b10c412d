//! Mixes the ingredients: clients, the custom resource's frame.

use aws::Aws;
use cluster_roles::Roles;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::host::begin_logging();
    let world = Aws::from_env(|name| std::env::var(name).ok())?;
    lambda::custom_resource::run(Roles { world: &world }, &world).await
}
