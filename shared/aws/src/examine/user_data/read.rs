//! Reading user data. It knows nothing of the SDK.

use domain::diagnosis::UserData;

/// What one line says of the cluster.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    /// It sets this value, which may be empty.
    Sets(String),
    /// It sets one that only the host can work out.
    Riddle,
    /// It speaks of the variable and does not set it.
    Mentions,
}

/// Reads user data: the last word on the cluster counts, as it does for the agent's configuration.
pub(super) fn read(text: &str) -> UserData {
    if text.trim().is_empty() {
        return UserData::NoUserData;
    }
    let mut section = "";
    let mut last = Said::Nothing;
    for line in text.lines().map(str::trim) {
        if line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = name.trim();
        }
        for said in [shell(line), toml(section, line), power_shell(line)] {
            match said {
                Said::Nothing => {}
                Said::Mentions if last != Said::Nothing => {}
                said => last = said,
            }
        }
    }
    match last {
        Said::Sets(name) if !name.is_empty() => {
            name.parse().map_or(UserData::Unclear, UserData::Names)
        }
        Said::Sets(_) | Said::Nothing => UserData::NamesNone,
        Said::Riddle | Said::Mentions => UserData::Unclear,
    }
}

/// `ECS_CLUSTER=web`, wherever it stands in a line (*Bootstrapping Amazon ECS Linux container instances to pass
/// data* in the ECS developer guide).
fn shell(line: &str) -> Said {
    const KEY: &str = "ECS_CLUSTER";
    let mut last = Said::Nothing;
    for (at, _) in line.match_indices(KEY) {
        let (before, after) = line.split_at(at);
        let after = after.strip_prefix(KEY).unwrap_or_default();
        // The middle of another name.
        if before.ends_with(is_of_a_name) || after.starts_with(is_of_a_name) {
            continue;
        }
        last = match after.strip_prefix('=') {
            Some(value) => self::value(value),
            None if last == Said::Nothing => Said::Mentions,
            None => continue,
        };
    }
    last
}

/// `cluster = "web"` in `[settings.ecs]`, or `settings.ecs.cluster = "web"` (Bottlerocket's settings reference).
fn toml(section: &str, line: &str) -> Said {
    let Some((key, value)) = line.split_once('=') else {
        return Said::Nothing;
    };
    let here = match key.trim() {
        "settings.ecs.cluster" => section.is_empty(),
        "ecs.cluster" => section == "settings",
        "cluster" => section == "settings.ecs",
        _ => false,
    };
    if here { self::value(value.trim()) } else { Said::Nothing }
}

/// `Initialize-ECSAgent -Cluster 'web'` (*Bootstrapping Amazon ECS Windows container instances to pass data* in
/// the ECS developer guide).
fn power_shell(line: &str) -> Said {
    let value = line.split_once("Initialize-ECSAgent").and_then(|(_, rest)| {
        let (_, value) = rest.split_once("-Cluster ")?;
        Some(value.trim_start())
    });
    value.map_or(Said::Nothing, self::value)
}

/// A value, quoted or not, up to what ends a word in a shell.
fn value(text: &str) -> Said {
    let text = text.trim_start_matches(['"', '\'']);
    let end = text.find(|c| !is_of_a_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if rest.is_empty() || rest.starts_with(ends_a_word) {
        Said::Sets(name.to_owned())
    } else {
        Said::Riddle
    }
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

fn ends_a_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '\\' | '|' | '&' | '>' | '<' | ')' | ',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> UserData {
        UserData::Names(text.parse().unwrap())
    }

    #[test]
    fn the_cluster_is_found_however_it_is_set() {
        for text in [
            "#!/bin/bash\necho ECS_CLUSTER=web >> /etc/ecs/ecs.config",
            "echo \"ECS_CLUSTER=web\" >> /etc/ecs/ecs.config",
            "cat <<'EOF' >> /etc/ecs/ecs.config\nECS_CLUSTER=web\nECS_ENABLE_SPOT_INSTANCE_DRAINING=true\nEOF",
            "echo -e 'ECS_CLUSTER=web\\nECS_LOGLEVEL=debug' > /etc/ecs/ecs.config",
            "export ECS_CLUSTER='web'; start",
            "ECS_CLUSTER=web; echo $ECS_CLUSTER\necho ECS_CLUSTER is ${ECS_CLUSTER}",
            "ECS_CLUSTER=old\nECS_CLUSTER=web\r\n# ECS_CLUSTER=older",
            "ECS_CLUSTER=web\nMY_ECS_CLUSTER=mine\nECS_CLUSTERS=many",
            "[settings]\nmotd = \"x\"\n[settings.ecs]\ncluster = \"web\"\n[settings.host]\ncluster=\"no\"",
            "settings.ecs.cluster = 'web'",
            "<powershell>\nInitialize-ECSAgent -Cluster 'web' -EnableTaskIAMRole\n</powershell>",
        ] {
            assert_eq!(read(text), names("web"), "{text}");
        }
    }

    #[test]
    fn what_only_the_host_can_work_out_is_unclear() {
        for text in [
            "ECS_CLUSTER=$CLUSTER",
            "ECS_CLUSTER=web-${STAGE}",
            "ECS_CLUSTER=\"$(aws ssm get-parameter)\"",
            "ECS_CLUSTER=web\nsed -i s/ECS_CLUSTER=web/ECS_CLUSTER=x/ /etc/ecs/ecs.config",
            "{\"ECS_CLUSTER\": \"web\"}",
            &format!("ECS_CLUSTER={}", "a".repeat(256)),
        ] {
            assert_eq!(read(text), UserData::Unclear, "{text}");
        }
    }

    #[test]
    fn user_data_may_name_no_cluster_or_be_empty() {
        for text in ["#!/bin/bash\nyum update -y", "# ECS_CLUSTER=web", "ECS_CLUSTER=\n"] {
            assert_eq!(read(text), UserData::NamesNone, "{text}");
        }
        assert_eq!(read(" \n"), UserData::NoUserData);
    }
}
