//! The stage itself: a calm world stays calm.

use simulation::Stage;
use simulation::weather::Controller;
use simulation::world::{Life, terminate};

#[test]
fn a_calm_world_is_settled_and_nothing_is_written() {
    let mut stage = Stage::with(5, Controller::Muster);
    assert_eq!(stage.ours().len(), 5);
    assert!(
        stage.ours().iter().all(|host| stage.life(*host) == Life::InService),
        "{}",
        stage.story()
    );
    stage.tick_for(10);
    assert_eq!(stage.writes(), [""; 0]);
    assert_eq!(stage.broken(), [""; 0]);
}

#[test]
fn a_host_that_its_group_terminates_is_drained_and_goes() {
    let mut stage = Stage::with(5, Controller::Muster);
    terminate(&mut stage.state(), 2);
    stage.tick_for(6);
    assert_eq!(stage.life(2), Life::Gone, "{}", stage.story());
    assert!(stage.writes().iter().any(|told| told.starts_with("let i-")), "{:?}", stage.writes());
    assert_eq!(stage.broken(), [""; 0]);
}
