# Without AWS: the provider's schema is real, its answers are not.

mock_provider "aws" {}

variables {
  group_name   = "blue-hosts"
  cluster_name = "blue"
}

run "both_hooks_are_as_in_hooks_yaml" {
  command = plan

  assert {
    condition = (
      aws_autoscaling_lifecycle_hook.launch.name == "muster-launch" &&
      aws_autoscaling_lifecycle_hook.launch.lifecycle_transition == "autoscaling:EC2_INSTANCE_LAUNCHING" &&
      aws_autoscaling_lifecycle_hook.launch.heartbeat_timeout == 1800 &&
      aws_autoscaling_lifecycle_hook.launch.default_result == "ABANDON"
    )
    error_message = "The launch hook is not that of infra/hooks.yaml."
  }

  assert {
    condition = (
      aws_autoscaling_lifecycle_hook.terminate.name == "muster-terminate" &&
      aws_autoscaling_lifecycle_hook.terminate.lifecycle_transition == "autoscaling:EC2_INSTANCE_TERMINATING" &&
      aws_autoscaling_lifecycle_hook.terminate.heartbeat_timeout == 900 &&
      aws_autoscaling_lifecycle_hook.terminate.default_result == "CONTINUE"
    )
    error_message = "The terminate hook is not that of infra/hooks.yaml."
  }

  assert {
    condition     = length(aws_autoscaling_group_tag.muster) == 1
    error_message = "Without settings the opt-in is the one tag."
  }

  assert {
    condition     = aws_autoscaling_group_tag.muster["muster:cluster"].tag[0].value == "blue"
    error_message = "The opt-in does not name the cluster."
  }
}

run "a_setting_becomes_a_tag" {
  command = plan

  variables {
    settings = { headroom-hosts = "1" }
  }

  assert {
    condition     = aws_autoscaling_group_tag.muster["muster:headroom-hosts"].tag[0].value == "1"
    error_message = "The setting is no tag."
  }
}

run "the_opt_in_is_no_setting" {
  command = plan

  variables {
    settings = { cluster = "red" }
  }

  expect_failures = [var.settings]
}

run "an_arn_is_no_name" {
  command = plan

  variables {
    cluster_name = "arn:aws:ecs:eu-west-1:123456789012:cluster/blue"
  }

  expect_failures = [var.cluster_name]
}

run "a_heartbeat_out_of_bounds_is_refused" {
  command = plan

  variables {
    launch_heartbeat_seconds    = 119
    terminate_heartbeat_seconds = 7201
  }

  expect_failures = [var.launch_heartbeat_seconds, var.terminate_heartbeat_seconds]
}

run "a_hook_that_ends_before_the_patience_is_refused" {
  command = plan

  variables {
    settings = { join-patience-seconds = "1800" }
  }

  expect_failures = [aws_autoscaling_lifecycle_hook.launch]
}
