# An ECS cluster on EC2 hosts, On-Demand and Spot, that Muster keeps the roll of: infra/cluster.yaml in Terraform.

resource "aws_ecs_cluster" "this" {
  name = var.name
  tags = var.tags

  setting {
    name  = "containerInsights"
    value = var.container_insights
  }
}

data "aws_ssm_parameter" "image" {
  name = var.image_parameter
}

resource "aws_launch_template" "hosts" {
  name_prefix            = "${var.name}-"
  image_id               = data.aws_ssm_parameter.image.insecure_value
  instance_type          = var.instance_types[0]
  vpc_security_group_ids = var.security_group_ids
  update_default_version = true
  tags                   = var.tags

  iam_instance_profile {
    arn = aws_cloudformation_stack.roles.outputs["EC2InstanceProfileArn"]
  }

  # A container that reaches the instance's metadata can take the instance's role.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      encrypted   = true
      volume_type = "gp3"
      volume_size = var.volume_gib
    }
  }

  dynamic "tag_specifications" {
    for_each = length(var.tags) > 0 ? ["instance", "volume"] : []

    content {
      resource_type = tag_specifications.value
      tags          = var.tags
    }
  }

  # Muster drains on a Spot warning. A drain that the agent begins would count as one by hand.
  user_data = base64encode(<<-SCRIPT
    #!/bin/bash
    cat >> /etc/ecs/ecs.config <<'EOF'
    ECS_CLUSTER=${aws_ecs_cluster.this.name}
    ECS_AWSVPC_BLOCK_IMDS=true
    ECS_ENABLE_SPOT_INSTANCE_DRAINING=false
    EOF
  SCRIPT
  )
}

resource "aws_autoscaling_group" "hosts" {
  name_prefix         = "${var.name}-"
  min_size            = var.min_hosts
  max_size            = var.max_hosts
  vpc_zone_identifier = var.subnet_ids
  # As long as a host may take to be verified.
  wait_for_capacity_timeout = "15m"

  mixed_instances_policy {
    instances_distribution {
      on_demand_base_capacity                  = var.on_demand_hosts
      on_demand_percentage_above_base_capacity = var.on_demand_percent
      spot_allocation_strategy                 = "price-capacity-optimized"
    }

    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.hosts.id
        version            = aws_launch_template.hosts.latest_version
      }

      # Without weights, so that the size of the group is a number of hosts.
      dynamic "override" {
        for_each = var.instance_types

        content {
          instance_type = override.value
        }
      }
    }
  }

  # These hold from the first host on; the module below keeps them and the tags as they should be.
  initial_lifecycle_hook {
    name                 = "muster-launch"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
    heartbeat_timeout    = var.launch_heartbeat_seconds
    default_result       = "ABANDON"
  }

  initial_lifecycle_hook {
    name                 = "muster-terminate"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_TERMINATING"
    heartbeat_timeout    = var.terminate_heartbeat_seconds
    default_result       = "CONTINUE"
  }

  # The opt-in.
  tag {
    key                 = "muster:cluster"
    value               = aws_ecs_cluster.this.name
    propagate_at_launch = false
  }

  # The stack that may empty it.
  tag {
    key                 = "muster:teardown"
    value               = "${var.name}-muster-teardown"
    propagate_at_launch = false
  }

  lifecycle {
    # Muster sets the desired capacity, and remembers things in tags of its own. The first hooks are for the first hosts.
    ignore_changes = [desired_capacity, initial_lifecycle_hook, tag]

    precondition {
      condition     = var.min_hosts <= var.max_hosts
      error_message = "min_hosts is greater than max_hosts."
    }
  }
}

module "group" {
  source = "../group"

  group_name                  = aws_autoscaling_group.hosts.name
  cluster_name                = aws_ecs_cluster.this.name
  launch_heartbeat_seconds    = var.launch_heartbeat_seconds
  terminate_heartbeat_seconds = var.terminate_heartbeat_seconds
  settings                    = var.settings
}

resource "aws_ecs_capacity_provider" "this" {
  count = var.capacity_provider ? 1 : 0

  name = "${var.name}-hosts"
  tags = var.tags

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.hosts.arn
    managed_draining               = "DISABLED"
    managed_termination_protection = "DISABLED"

    managed_scaling {
      status = "DISABLED"
    }
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  count = var.capacity_provider ? 1 : 0

  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = [aws_ecs_capacity_provider.this[0].name]

  default_capacity_provider_strategy {
    capacity_provider = aws_ecs_capacity_provider.this[0].name
    weight            = 1
  }

  depends_on = [aws_cloudformation_stack.teardown]
}
