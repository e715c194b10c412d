# A whole cluster, with a service on it.

terraform {
  required_version = ">= 1.7"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

variable "subnet_ids" {
  description = "Where the hosts are."
  type        = list(string)
}

variable "security_group_ids" {
  description = "The hosts' security groups."
  type        = list(string)
}

variable "image" {
  description = "The service's image."
  type        = string
  default     = "public.ecr.aws/nginx/nginx:stable"
}

data "aws_region" "here" {}

module "cluster" {
  source = "../../modules/cluster"

  name               = "blue"
  subnet_ids         = var.subnet_ids
  security_group_ids = var.security_group_ids
  max_hosts          = 20

  settings   = { headroom-task = "true" }
  task_roles = { Web = { exec = true } }
}

resource "aws_cloudwatch_log_group" "web" {
  name              = "/ecs/blue"
  retention_in_days = 90
}

resource "aws_ecs_task_definition" "web" {
  family                   = "blue-web"
  requires_compatibilities = ["EC2"]
  network_mode             = "bridge"
  task_role_arn            = module.cluster.task_role_arns["Web"]
  execution_role_arn       = module.cluster.task_execution_role_arn

  container_definitions = jsonencode([{
    name         = "web"
    image        = var.image
    essential    = true
    cpu          = 256
    memory       = 512
    portMappings = [{ containerPort = 80, hostPort = 0 }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.web.name
        awslogs-region        = data.aws_region.here.name
        awslogs-stream-prefix = "web"
      }
    }
  }])
}

# It takes the cluster from the module's output, so it is destroyed first, and its tasks are gone before the hosts are seen out.
resource "aws_ecs_service" "web" {
  name                   = "web"
  cluster                = module.cluster.cluster_arn
  task_definition        = aws_ecs_task_definition.web.arn
  desired_count          = 2
  launch_type            = "EC2"
  enable_execute_command = true

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  ordered_placement_strategy {
    type  = "spread"
    field = "attribute:ecs.availability-zone"
  }
}
