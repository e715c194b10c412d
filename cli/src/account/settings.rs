//! The settings that hold: those of the functions, and never a guess where something is to be done.

use super::{Account, Unsuitable};
use crate::error::Error;
use crate::out;
use aws::Aws;
use domain::Policy;
use domain::policy::Complaint;
use ports::Deployment as _;

/// Settings, and where they are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) policy: Policy,
    /// Whether they are the deployed functions' own.
    deployed: bool,
    stack: String,
}

impl Settings {
    /// Reads the parameters of the stack; a variable of the environment goes before the parameter of its name. Where there
    /// is no such stack, or it cannot be read, the defaults hold.
    pub(crate) async fn read(aws: &Aws, account: &Account) -> crate::Result<Self> {
        let stack = account.stack.clone();
        let given = aws.parameters(&stack).await;
        let (deployed, given) = match given {
            Ok(Some(given)) => (true, given),
            Ok(None) | Err(_) => (false, std::collections::BTreeMap::new()),
        };
        let lookup =
            |name: &str| std::env::var(name).ok().or_else(|| given.get(&parameter(name)).cloned());
        let policy = Policy::read(lookup).map_err(|bad: Vec<Complaint>| Error::Settings(bad))?;
        Ok(Self { policy, deployed, stack })
    }

    /// For what only looks: says if it looks with other eyes than the functions.
    pub(crate) fn for_a_look(self) -> Policy {
        if !self.deployed {
            out::note(&format!(
                "The settings are the defaults, as the parameters of a stack {} cannot be read: name it with --stack.",
                self.stack
            ));
        }
        self.policy
    }

    /// For what acts: with other settings it would do what the functions would not.
    pub(crate) fn for_an_act(self) -> crate::Result<Policy> {
        if self.deployed {
            Ok(self.policy)
        } else {
            Err(Unsuitable::NotDeployed(self.stack).into())
        }
    }
}

/// `MUSTER_JOIN_PATIENCE_SECONDS` is the parameter `JoinPatienceSeconds`.
fn parameter(variable: &str) -> String {
    let words = variable.split('_').skip(1).map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{first}{}", rest.to_lowercase())
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_a_parameter_of_its_name() {
        let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml");
        let template = std::fs::read_to_string(template).unwrap();
        for known in Policy::known() {
            let parameter = parameter(known.variable);
            assert!(template.contains(&format!("\n  {parameter}:\n")), "{parameter}");
        }
    }
}
