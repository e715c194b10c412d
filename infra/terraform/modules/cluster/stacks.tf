# Muster's custom resources are CloudFormation's to call, so each has a stack that holds it and nothing else. They are two because
# the roles must outlive the hosts, and the hosts must be seen out before their group goes.

locals {
  attributes = concat(
    ["AutoScalingRoleArn", "EC2InstanceProfileArn", "EC2RoleArn", "ECSRoleArn", "ECSTaskExecutionRoleArn"],
    [for name in sort(keys(var.task_roles)) : "TaskRoleArn.${name}"],
  )

  roles = {
    AWSTemplateFormatVersion = "2010-09-09"
    Description              = "The roles of the ECS cluster ${var.name}, made by Muster."
    Resources = {
      Roles = {
        Type = "Custom::ClusterRoles"
        Properties = merge(
          { LogGroups = ["/ecs/${var.name}", "/ecs/${var.name}/*"] },
          var.roles,
          { for property, roles in { TaskRoles = var.task_roles } : property => roles if length(roles) > 0 },
          {
            ServiceToken = { "Fn::ImportValue" = "${var.muster_stack}-ClusterRolesArn" }
            # An answer that does not come ends the wait soon, not after an hour.
            ServiceTimeout = 180
            ClusterName    = var.name
          },
        )
      }
    }
    # An output's name has letters and digits alone.
    Outputs = {
      for attribute in local.attributes :
      replace(attribute, ".", "") => { Value = { "Fn::GetAtt" = ["Roles", attribute] } }
    }
  }

  teardown = {
    AWSTemplateFormatVersion = "2010-09-09"
    Description              = "Sees the hosts of the ECS cluster ${var.name} out, when this stack is deleted. Made by Muster."
    Resources = {
      Teardown = {
        Type = "Custom::ClusterTeardown"
        Properties = {
          ServiceToken      = { "Fn::ImportValue" = "${var.muster_stack}-ClusterTeardownArn" }
          ServiceTimeout    = 2700
          ClusterName       = aws_ecs_cluster.this.name
          AutoScalingGroups = [module.group.group_name]
          DrainMinutes      = var.drain_minutes
        }
      }
    }
  }
}

resource "aws_cloudformation_stack" "roles" {
  name          = "${var.name}-muster-roles"
  template_body = jsonencode(local.roles)
  # What could not be made leaves nothing behind, so that the next apply begins anew.
  on_failure = "DELETE"
  tags       = var.tags
}

# It comes after the group with its hooks and tags, so it goes before them, while Muster still answers the hooks.
resource "aws_cloudformation_stack" "teardown" {
  name          = "${var.name}-muster-teardown"
  template_body = jsonencode(local.teardown)
  on_failure    = "DELETE"
  tags          = var.tags

  timeouts {
    # Longer than ServiceTimeout.
    delete = "60m"
  }
}
