# What runs tasks on the cluster takes its name or ARN from here. So it is destroyed before the hosts are seen out.

output "cluster_name" {
  description = "The cluster's name."
  value       = aws_ecs_cluster.this.name

  depends_on = [aws_cloudformation_stack.teardown]
}

output "cluster_arn" {
  description = "The cluster's ARN."
  value       = aws_ecs_cluster.this.arn

  depends_on = [aws_cloudformation_stack.teardown]
}

output "capacity_provider_name" {
  description = "The capacity provider's name, or null."
  value       = one(aws_ecs_capacity_provider.this[*].name)

  depends_on = [aws_ecs_cluster_capacity_providers.this]
}

output "group_name" {
  description = "The Auto Scaling group's name."
  value       = aws_autoscaling_group.hosts.name
}

output "task_execution_role_arn" {
  description = "The execution role for task definitions."
  value       = aws_cloudformation_stack.roles.outputs["ECSTaskExecutionRoleArn"]
}

output "task_role_arns" {
  description = "The roles for tasks, by the names in task_roles."
  value       = { for name in keys(var.task_roles) : name => aws_cloudformation_stack.roles.outputs["TaskRoleArn${name}"] }
}

output "auto_scaling_role_arn" {
  description = "The role for scalable targets of the cluster's services."
  value       = aws_cloudformation_stack.roles.outputs["AutoScalingRoleArn"]
}
