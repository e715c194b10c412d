# Without AWS: the provider's schema is real, its answers are not.

mock_provider "aws" {
  mock_resource "aws_cloudformation_stack" {
    defaults = {
      outputs = {
        AutoScalingRoleArn      = "arn:aws:iam::123456789012:role/muster/blue-AutoScalingRole-12345678"
        EC2InstanceProfileArn   = "arn:aws:iam::123456789012:instance-profile/muster/blue-EC2Role-12345678"
        ECSTaskExecutionRoleArn = "arn:aws:iam::123456789012:role/muster/blue-ECSTaskExecutionRole-12345678"
        TaskRoleArnWorker       = "arn:aws:iam::123456789012:role/muster/blue-Task-Worker-12345678"
      }
    }
  }

  mock_resource "aws_launch_template" {
    defaults = { id = "lt-0123456789abcdef0" }
  }

  mock_resource "aws_autoscaling_group" {
    defaults = { arn = "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:x:autoScalingGroupName/blue" }
  }

  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "ami-0123456789abcdef0" }
  }
}

variables {
  name               = "blue"
  subnet_ids         = ["subnet-0123456789abcdef0"]
  security_group_ids = ["sg-0123456789abcdef0"]
}

run "it_is_as_in_cluster_yaml" {
  assert {
    condition = (
      one(aws_launch_template.hosts.metadata_options[*].http_tokens) == "required" &&
      one(aws_launch_template.hosts.metadata_options[*].http_put_response_hop_limit) == 1 &&
      tobool(one(aws_launch_template.hosts.block_device_mappings[*].ebs[0].encrypted))
    )
    error_message = "A container may reach the instance's role, or a volume is not encrypted."
  }

  assert {
    condition     = aws_launch_template.hosts.image_id == "ami-0123456789abcdef0"
    error_message = "The image is not what the parameter says."
  }

  assert {
    condition = alltrue([for line in ["ECS_CLUSTER=blue", "ECS_AWSVPC_BLOCK_IMDS=true", "ECS_ENABLE_SPOT_INSTANCE_DRAINING=false"] :
      contains(split("\n", base64decode(aws_launch_template.hosts.user_data)), line)
    ])
    error_message = "The agent is not told what it needs."
  }

  assert {
    condition = toset([
      for hook in aws_autoscaling_group.hosts.initial_lifecycle_hook :
      "${hook.name} ${hook.heartbeat_timeout} ${hook.default_result}"
    ]) == toset(["muster-launch 1800 ABANDON", "muster-terminate 900 CONTINUE"])
    error_message = "The first hosts have other hooks."
  }

  assert {
    condition     = sort([for tag in aws_autoscaling_group.hosts.tag : "${tag.key}=${tag.value}"]) == tolist(["muster:cluster=blue", "muster:teardown=blue-muster-teardown"])
    error_message = "The group is not Muster's from the first."
  }

  assert {
    condition = (
      jsondecode(aws_cloudformation_stack.roles.template_body).Resources.Roles.Type == "Custom::ClusterRoles" &&
      jsondecode(aws_cloudformation_stack.roles.template_body).Resources.Roles.Properties.ClusterName == "blue" &&
      !can(jsondecode(aws_cloudformation_stack.roles.template_body).Resources.Roles.Properties.TaskRoles)
    )
    error_message = "The roles' stack is another."
  }

  assert {
    condition = (
      local.teardown.Resources.Teardown.Type == "Custom::ClusterTeardown" &&
      local.teardown.Resources.Teardown.Properties.AutoScalingGroups == [aws_autoscaling_group.hosts.name] &&
      jsondecode(aws_cloudformation_stack.teardown.template_body) == local.teardown
    )
    error_message = "The teardown's stack is another."
  }

  assert {
    condition     = output.capacity_provider_name == null && output.task_role_arns == {}
    error_message = "What is not asked for is there."
  }
}

run "what_is_asked_for_is_told_to_the_function" {
  variables {
    task_roles        = { Worker = { s3 = { read = ["in"] }, exec = true } }
    roles             = { SessionManager = true, LogGroups = ["/other"] }
    capacity_provider = true
    muster_stack      = "keeper"
  }

  assert {
    condition = jsondecode(aws_cloudformation_stack.roles.template_body).Resources.Roles.Properties == {
      ClusterName    = "blue"
      LogGroups      = ["/other"]
      ServiceTimeout = 180
      ServiceToken   = { "Fn::ImportValue" = "keeper-ClusterRolesArn" }
      SessionManager = true
      TaskRoles      = { Worker = { s3 = { read = ["in"] }, exec = true } }
    }
    error_message = "The properties of Custom::ClusterRoles are others."
  }

  assert {
    condition     = output.task_role_arns["Worker"] == "arn:aws:iam::123456789012:role/muster/blue-Task-Worker-12345678"
    error_message = "The task role is not told."
  }

  assert {
    condition = alltrue([for provider in aws_ecs_capacity_provider.this[0].auto_scaling_group_provider :
      provider.managed_scaling[0].status == "DISABLED" &&
      provider.managed_termination_protection == "DISABLED" &&
      provider.managed_draining == "DISABLED"
    ])
    error_message = "Two would size the group."
  }
}

run "what_is_the_modules_is_refused" {
  command = plan

  variables {
    roles = { ServiceToken = "arn:aws:lambda:eu-west-1:123456789012:function:other" }
  }

  expect_failures = [var.roles]
}

run "bounds_hold" {
  command = plan

  variables {
    name               = "blue_green"
    subnet_ids         = []
    security_group_ids = ["blue"]
    image_parameter    = "ami-0123456789abcdef0"
    instance_types     = ["m7g.large", "m7g.large"]
    volume_gib         = 29
    min_hosts          = -1
    max_hosts          = 0
    on_demand_hosts    = 0.5
    on_demand_percent  = 101
    muster_stack       = "muster:x"
    task_roles         = { "a-b" = {} }
    drain_minutes      = -1
    container_insights = "on"
  }

  expect_failures = [
    var.name,
    var.subnet_ids,
    var.security_group_ids,
    var.image_parameter,
    var.instance_types,
    var.volume_gib,
    var.min_hosts,
    var.max_hosts,
    var.on_demand_hosts,
    var.on_demand_percent,
    var.muster_stack,
    var.task_roles,
    var.drain_minutes,
    var.container_insights,
  ]
}

run "min_above_max_is_refused" {
  command = plan

  variables {
    min_hosts = 11
  }

  expect_failures = [aws_autoscaling_group.hosts]
}
