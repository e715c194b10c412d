# A group that Terraform makes elsewhere, put under Muster.

terraform {
  required_version = ">= 1.7"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

variable "group_name" {
  description = "The Auto Scaling group."
  type        = string
}

variable "cluster_name" {
  description = "The ECS cluster that its hosts join."
  type        = string
}

module "muster" {
  source = "../../modules/group"

  group_name   = var.group_name
  cluster_name = var.cluster_name

  settings = {
    drain-patience-seconds = "7200"
    headroom-hosts         = "1"
  }
}
