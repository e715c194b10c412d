//! What the outside world does to hosts. No API: the demo and the tests call it.

use super::{Due, Interruption, SpotAction, State, StateReason, life};
use crate::world::{World, autoscaling, ecs};
use jiff::SignedDuration;
use serde_json::json;

/// How long before the interruption the warning comes.
const NOTICE: SignedDuration = SignedDuration::from_secs(120);

impl World {
    /// EC2 says that it will take a Spot instance back, and does so two minutes later.
    ///
    /// Until then its Spot request is `marked-for-termination`, then `instance-terminated-no-capacity`.
    /// Nothing happens if the instance is unknown, gone or going.
    pub fn spot_warning(&mut self, instance: &str) {
        self.warn(instance, SpotAction::Terminate);
    }

    /// EC2 says that it will stop a Spot instance, and does so two minutes later.
    ///
    /// Until then its Spot request is `marked-for-stop`, then `instance-stopped-no-capacity`. Nothing
    /// happens if the instance is unknown, gone or going.
    pub fn spot_stop_warning(&mut self, instance: &str) {
        self.warn(instance, SpotAction::Stop);
    }

    fn warn(&mut self, instance: &str, action: SpotAction) {
        let Some(zone) = self.live_zone(instance) else { return };
        let at = self.core.now();
        if let Some(instance) = self.ec2.instances.get_mut(instance) {
            instance.interruption = Some(Interruption { action, at, done: false });
        }
        // EC2 writes this ARN with the zone for the region and no account.
        let arn = format!("arn:aws:ec2:{zone}:instance/{instance}");
        let detail = json!({"instance-id": instance, "instance-action": action.word()});
        self.core.say("aws.ec2", "EC2 Spot Instance Interruption Warning", &[arn], detail);
        Due::Interrupted { instance: instance.to_owned() }.set(self, NOTICE);
        autoscaling::spot_warned(self, instance);
    }

    /// EC2 says that a Spot instance is more likely than others to be interrupted.
    ///
    /// Nothing happens if the instance is unknown, gone or going.
    pub fn rebalance_recommendation(&mut self, instance: &str) {
        if self.live_zone(instance).is_none() {
            return;
        }
        let arn = life::arn(self, instance);
        let detail = json!({"instance-id": instance});
        self.core.say("aws.ec2", "EC2 Instance Rebalance Recommendation", &[arn], detail);
        autoscaling::rebalance_recommended(self, instance);
    }

    /// The machine under an instance fails: its agent is lost before EC2 terminates it, so that its
    /// registration stays behind.
    pub fn crash(&mut self, instance: &str) {
        if self.live_zone(instance).is_none() {
            return;
        }
        ecs::agent_lost(self, instance);
        let reason = StateReason::new("Server.InternalError", "An internal error has occurred");
        life::terminate(self, instance, reason);
    }

    fn live_zone(&self, instance: &str) -> Option<String> {
        let instance = self.ec2.instance(instance).filter(|instance| !instance.state.is_going())?;
        Some(instance.zone.clone())
    }
}

/// EC2 takes a Spot instance back, unless it went before.
pub(super) fn interrupt(world: &mut World, id: &str) {
    let now = world.core.now();
    let live = world.ec2.instances.get_mut(id).filter(|instance| !instance.state.is_going());
    let Some(instance) = live else { return };
    let Some(interruption) = &mut instance.interruption else { return };
    (interruption.done, interruption.at) = (true, now);
    match interruption.action {
        SpotAction::Terminate => {
            let text = "Spot instance termination";
            let reason = StateReason::new("Server.SpotInstanceTermination", text);
            life::terminate(world, id, reason);
        }
        SpotAction::Stop if instance.state == State::Running => {
            instance.reason =
                Some(StateReason::new("Server.SpotInstanceStop", "Spot instance stop"));
            life::enter(world, id, State::Stopping);
        }
        SpotAction::Stop => {}
    }
}
