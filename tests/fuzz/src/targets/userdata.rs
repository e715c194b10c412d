//! User data and console output: of both, only a closed set of words may come out.

use domain::diagnosis::UserData;

#[path = "../../../../shared/aws/src/examine/user_data/read.rs"]
mod read;
#[path = "../../../../shared/aws/src/examine/console/signs.rs"]
mod signs;

pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let said = read::read(&text);
    if let UserData::Names(cluster) = &said {
        assert!(text.contains(cluster.as_str()), "{cluster} stands nowhere");
    }
    assert_eq!(said == UserData::NoUserData, text.trim().is_empty());
    // A comment says nothing, and the last word counts.
    assert_eq!(
        read::read(&format!("{text}\n# ECS_CLUSTER=other\n")) == said,
        !text.trim().is_empty()
    );
    let last = read::read(&format!("{text}\nECS_CLUSTER=last\n"));
    assert_eq!(last, "last".parse().map_or(UserData::Unclear, UserData::Names));

    // A line shows what it shows, whatever stands around it.
    let all = signs::signs(&text);
    let one_by_one = text.lines().flat_map(signs::signs).collect();
    assert_eq!(all, one_by_one);
}
