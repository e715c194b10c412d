//! A person at a terminal: the real `muster`, against the local AWS.

use crate::{Stage, binaries};
use serde_json::Value;
use std::process::Stdio;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// What a command said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its exit code.
    pub code: i32,
    /// Its output.
    pub out: String,
    /// What it said besides.
    pub err: String,
}

impl Said {
    /// The output's lines, each of which is JSON.
    #[must_use]
    pub fn json(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Stage {
    /// Runs `muster` as a person of this account does.
    pub async fn muster(&self, arguments: &[&str]) -> Said {
        self.muster_with(arguments, &[], "").await
    }

    /// The same with these variables, and this typed.
    pub async fn muster_with(
        &self,
        arguments: &[&str],
        variables: &[(&str, &str)],
        typed: &str,
    ) -> Said {
        let endpoint = self.aws.endpoint();
        let mut command = Command::new(binaries().join("muster"));
        command
            .args(arguments)
            .env_clear()
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_REGION", "us-west-2")
            .env("AWS_ACCESS_KEY_ID", "person")
            .env("AWS_SECRET_ACCESS_KEY", "a-secret-of-the-person")
            // No test asks a host's own metadata.
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("COLUMNS", "160")
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut running = command.spawn().unwrap();
        let mut stdin = running.stdin.take().unwrap();
        // A command that does not listen is gone already.
        let _ = stdin.write_all(typed.as_bytes()).await;
        drop(stdin);
        let output = running.wait_with_output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}
