//! A few thousand calls, the fields of the answers that most rests on, every code, and some lives.
#![expect(
    clippy::large_futures,
    reason = "what the SDK keeps for its calls is large, and is on the test's own stack once"
)]

use wire::life::live;
use wire::ports::Read;
use wire::tree::Edit;
use wire::trial::{Call, Trial};
use wire::{catalogue, fields};

const SEEDS: u64 = 12;

async fn play(trial: &mut Trial) -> u64 {
    for seed in 0..SEEDS {
        trial.seed(seed, 250).await;
    }
    trial.net.line().trace()
}

// Checks S21, S24, S36.
#[tokio::test]
async fn no_fault_on_the_wire_reads_as_absent_done_or_refused_and_one_seed_is_one_story() {
    let (mut one, mut other) = (Trial::new().await, Trial::new().await);
    let trace = play(&mut one).await;
    assert_eq!(one.tally.complaints, Vec::<String>::new());
    assert_eq!(one.tally.classes.len(), wire::class::ALL.len());
    assert_eq!(play(&mut other).await, trace);
}

// Checks S21.
#[tokio::test]
async fn no_field_that_is_left_out_makes_a_host_a_task_or_a_registration_disappear() {
    let mut trial = Trial::new().await;
    let reads = [
        Read::Seat,
        Read::Group,
        Read::Hooks,
        Read::Instances,
        Read::Registrations,
        Read::TaskArns,
        Read::Tasks,
        Read::Protected,
        Read::Attached,
        Read::Users,
        Read::StackStatus,
    ];
    let calls = reads.map(Call::Read);
    let edits = [Edit::Remove, Edit::Null, Edit::UnknownWord, Edit::MoreMembers];
    let edited = fields::every(&mut trial, &calls, &edits).await;
    assert_eq!(trial.tally.complaints, Vec::<String>::new());
    assert!(edited[&Edit::Remove].places.len() > 100);
}

#[tokio::test]
async fn every_code_of_the_catalogue_is_told_as_what_it_is_on_every_operation() {
    let (rows, complaints) = catalogue::every(&mut Trial::new().await).await;
    assert_eq!(complaints, Vec::<String>::new());
    assert_eq!(rows.len(), catalogue::CODES.len());
}

#[tokio::test]
async fn a_cluster_lives_through_a_bad_line_without_harm_and_comes_to_rest_on_a_clear_one() {
    for seed in 0..3 {
        let lived = live(seed).await;
        assert_eq!(lived.wrong, Vec::<String>::new(), "seed {seed}");
        assert!(lived.invocations > 100 && lived.met > 0, "seed {seed}: {lived:?}");
    }
}
