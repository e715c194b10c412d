# Puts an Auto Scaling group that is there already under Muster.

locals {
  tags = merge(
    { for name, value in var.settings : "muster:${name}" => value },
    { "muster:cluster" = var.cluster_name },
  )
}

resource "aws_autoscaling_lifecycle_hook" "launch" {
  autoscaling_group_name = var.group_name
  name                   = "muster-launch"
  lifecycle_transition   = "autoscaling:EC2_INSTANCE_LAUNCHING"
  heartbeat_timeout      = var.launch_heartbeat_seconds
  # A host that nobody verifies does not enter service.
  default_result = "ABANDON"

  lifecycle {
    precondition {
      condition     = var.launch_heartbeat_seconds >= tonumber(lookup(var.settings, "join-patience-seconds", "60")) + 60
      error_message = "The hook must hold a host for longer than join-patience-seconds, by a minute or more."
    }
  }
}

resource "aws_autoscaling_lifecycle_hook" "terminate" {
  autoscaling_group_name = var.group_name
  name                   = "muster-terminate"
  lifecycle_transition   = "autoscaling:EC2_INSTANCE_TERMINATING"
  heartbeat_timeout      = var.terminate_heartbeat_seconds
  default_result         = "CONTINUE"
}

# Each tag is a resource of its own, so that those in which Muster remembers something are nobody's business here.
resource "aws_autoscaling_group_tag" "muster" {
  for_each = local.tags

  autoscaling_group_name = var.group_name

  tag {
    key                 = each.key
    value               = each.value
    propagate_at_launch = false
  }

  # The opt-in comes after the hooks, and goes before them.
  depends_on = [
    aws_autoscaling_lifecycle_hook.launch,
    aws_autoscaling_lifecycle_hook.terminate,
  ]
}
