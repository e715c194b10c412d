//! What wakes the reconciler: the clock, and its own word that a part of the fleet is to be swept.

use domain::ClusterName;
use domain::sweep::VALUES;
use domain::told::{SOURCE, Slice, SweepTold};
use lambda::refusal::shape;
use lambda::{Event, Refusal};

/// What to sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Everything that is ours.
    Tick,
    /// The groups whose tag `muster:cluster` has one of these values; of each cluster this slice.
    Part(Vec<String>, Slice),
}

/// Reads an event.
///
/// # Errors
/// Why it is neither.
pub fn read(event: &Event) -> Result<Trigger, Refusal> {
    if event.is_tick() {
        return Ok(Trigger::Tick);
    }
    if event.kind() != (SOURCE, "Sweep Wanted") {
        return Err(event.unknown());
    }
    let told = serde_json::from_value(event.detail.clone()).ok().filter(is_fit);
    let SweepTold { cluster, slice, tags } = told.ok_or_else(|| Refusal::BadField {
        field: "detail",
        expected: "a cluster, a slice of it, and the tags of clusters",
        shape: shape(&event.detail),
    })?;
    let tags = if tags.is_empty() { vec![cluster.to_string()] } else { tags };
    Ok(Trigger::Part(tags, slice))
}

/// AWS is asked for what the tags say, so each must be what a tag of ours can be: a cluster's name or ARN.
fn is_fit(told: &SweepTold) -> bool {
    let names_a_cluster = |tag: &String| tag.len() <= LONGEST && ClusterName::of(tag).is_ok();
    told.tags.len() <= VALUES && told.tags.iter().all(names_a_cluster)
}

/// Characters of a tag's value (*Tag restrictions* in the EC2 user guide).
const LONGEST: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wish(tags: &serde_json::Value) -> Result<Trigger, Refusal> {
        let detail = json!({ "cluster": "web", "slice": { "index": 0, "of": 1 }, "tags": tags });
        let event = Event {
            id: None,
            source: SOURCE.to_owned(),
            detail_type: "Sweep Wanted".to_owned(),
            time: None,
            replayed: false,
            detail,
        };
        read(&event)
    }

    #[test]
    fn only_what_can_be_a_clusters_tag_is_asked_for() {
        let arn = "arn:aws:ecs:eu-west-1:111122223333:cluster/web";
        assert_eq!(
            wish(&json!(["web", arn])).unwrap(),
            Trigger::Part(vec!["web".to_owned(), arn.to_owned()], Slice::WHOLE)
        );
        assert_eq!(wish(&json!([])).unwrap(), Trigger::Part(vec!["web".to_owned()], Slice::WHOLE));
        let many: Vec<String> = (0..101).map(|number| format!("c{number}")).collect();
        let long = format!("{}:cluster/web", "x".repeat(250));
        for bad in
            [json!([""]), json!(["a b"]), json!([long]), json!(many), json!("web"), json!([1])]
        {
            let told = wish(&bad).unwrap_err().to_string();
            assert!(told.contains("detail"), "{bad}: {told}");
        }
    }
}
