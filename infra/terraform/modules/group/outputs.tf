output "group_name" {
  description = "The group, once it has its hooks and tags: what uses it comes after them, and goes before them."
  value       = var.group_name

  depends_on = [
    aws_autoscaling_group_tag.muster,
  ]
}
