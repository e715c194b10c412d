//! What the CLI's words about records need of its account.

#[path = "../../../cli/src/account/help.rs"]
#[expect(dead_code, reason = "records speak of a remedy, and of nothing else of it")]
mod help;

pub(crate) use help::remedy;
