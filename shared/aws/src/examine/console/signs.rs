//! The signs in a console's text. It knows nothing of the SDK.

use domain::diagnosis::ConsoleSign;
use std::collections::BTreeSet;

/// What one line shows. A phrase counts only with the words around it that make it the agent's own.
pub(super) fn signs(text: &str) -> BTreeSet<ConsoleSign> {
    text.lines().flat_map(signs_of_line).collect()
}

fn signs_of_line(line: &str) -> Vec<ConsoleSign> {
    let has = |word: &str| line.contains(word);
    let registering = has("RegisterContainerInstance") || has("register container instance");
    let table = [
        (ConsoleSign::KernelPanic, has("Kernel panic - not syncing")),
        (ConsoleSign::DiskFull, has("No space left on device")),
        (
            ConsoleSign::NoCredentials,
            has("NoCredentialProviders")
                || has("no EC2 IMDS role found")
                || has("EC2RoleRequestError"),
        ),
        (
            ConsoleSign::AccessDenied,
            has("not authorized to perform: ecs:RegisterContainerInstance")
                || registering && has("AccessDenied"),
        ),
        (
            ConsoleSign::ClusterNotFound,
            has("ClusterNotFoundException") || registering && has("Cluster not found"),
        ),
        (
            ConsoleSign::AgentGaveUp,
            has("ecs") && ends_as_a_number(line, "status=5")
                || ends_as_a_number(line, "Agent exited with code 5"),
        ),
        (
            ConsoleSign::CloudInitFailed,
            has("Failed to run module scripts")
                || has("Failed to start cloud-final.service")
                || has("cloud-init") && has("Traceback"),
        ),
    ];
    table.into_iter().filter_map(|(sign, there)| there.then_some(sign)).collect()
}

/// Whether a phrase that ends in a number is there with this number, not with a longer one.
fn ends_as_a_number(line: &str, phrase: &str) -> bool {
    line.match_indices(phrase).any(|(at, _)| {
        let after = line.get(at..).and_then(|rest| rest.strip_prefix(phrase)).unwrap_or_default();
        !after.starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<ConsoleSign> {
        signs(text).into_iter().collect()
    }

    #[test]
    fn each_sign_is_recognised_by_the_words_of_its_program() {
        let table = [
            ("[  3.1] Kernel panic - not syncing: VFS: Unable to mount", ConsoleSign::KernelPanic),
            ("cp: error writing '/x': No space left on device", ConsoleSign::DiskFull),
            (
                "level=error msg=\"no EC2 IMDS role found, operation error ec2imds\"",
                ConsoleSign::NoCredentials,
            ),
            (
                "AccessDeniedException: User: arn:aws:sts::1:assumed-role/x/i-1 is not authorized to perform: \
                 ecs:RegisterContainerInstance on resource",
                ConsoleSign::AccessDenied,
            ),
            (
                "operation error ECS: RegisterContainerInstance, ClusterNotFoundException: Cluster not found.",
                ConsoleSign::ClusterNotFound,
            ),
            (
                "systemd[1]: ecs.service: Main process exited, code=exited, status=5/NOTINSTALLED",
                ConsoleSign::AgentGaveUp,
            ),
            (
                "cc_scripts_user.py[WARNING]: Failed to run module scripts-user",
                ConsoleSign::CloudInitFailed,
            ),
        ];
        for (text, sign) in table {
            assert_eq!(of(&format!("boot\r\n{text}\r\nlogin: ")), [sign], "{text}");
        }
    }

    #[test]
    fn what_looks_like_a_sign_and_is_none_is_passed_over() {
        for text in [
            "",
            "httpd.service: Main process exited, code=exited, status=5/NOTINSTALLED",
            "ecs.service: Main process exited, code=exited, status=50",
            "Agent exited with code 55",
            "s3: AccessDenied",
            "ecs.service: started\nsshd: status=5",
        ] {
            assert_eq!(of(text), [], "{text}");
        }
    }
}
