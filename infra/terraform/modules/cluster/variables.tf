variable "name" {
  description = "The cluster's name. Its roles, its group and its two stacks are named after it."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{0,99}$", var.name))
    error_message = "A letter, then up to 99 letters, digits and hyphens."
  }
}

variable "subnet_ids" {
  description = "Where the hosts are. They need a way to the ECS endpoints."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) > 0 && alltrue([for id in var.subnet_ids : startswith(id, "subnet-")])
    error_message = "One subnet id or more."
  }
}

variable "security_group_ids" {
  description = "The hosts' security groups."
  type        = list(string)

  validation {
    condition     = length(var.security_group_ids) > 0 && alltrue([for id in var.security_group_ids : startswith(id, "sg-")])
    error_message = "One security group id or more."
  }
}

variable "image_parameter" {
  description = "The SSM parameter that names the hosts' image."
  type        = string
  default     = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"

  validation {
    condition     = startswith(var.image_parameter, "/")
    error_message = "The path of an SSM parameter, from its first slash."
  }
}

variable "instance_types" {
  description = "The hosts' types, of the image's architecture and all as large; Spot is interrupted less where there is a choice."
  type        = list(string)
  default     = ["m7g.large", "m6g.large"]

  validation {
    condition     = length(var.instance_types) >= 1 && length(var.instance_types) <= 40
    error_message = "1 to 40 instance types."
  }

  validation {
    condition     = length(distinct(var.instance_types)) == length(var.instance_types)
    error_message = "Each instance type once."
  }
}

variable "volume_gib" {
  description = "The size of a host's volume."
  type        = number
  default     = 30

  validation {
    condition     = var.volume_gib >= 30 && var.volume_gib <= 16384
    error_message = "30 to 16384 GiB."
  }
}

variable "min_hosts" {
  description = "The least number of hosts."
  type        = number
  default     = 1

  validation {
    condition     = var.min_hosts >= 0 && floor(var.min_hosts) == var.min_hosts
    error_message = "A whole number, 0 or more."
  }
}

variable "max_hosts" {
  description = "The greatest number of hosts."
  type        = number
  default     = 10

  validation {
    condition     = var.max_hosts >= 1 && floor(var.max_hosts) == var.max_hosts
    error_message = "A whole number, 1 or more."
  }
}

variable "on_demand_hosts" {
  description = "So many hosts are On-Demand before any is Spot."
  type        = number
  default     = 1

  validation {
    condition     = var.on_demand_hosts >= 0 && floor(var.on_demand_hosts) == var.on_demand_hosts
    error_message = "A whole number, 0 or more."
  }
}

variable "on_demand_percent" {
  description = "How many of the hosts beyond these are On-Demand, in percent; the others are Spot."
  type        = number
  default     = 50

  validation {
    condition     = var.on_demand_percent >= 0 && var.on_demand_percent <= 100
    error_message = "0 to 100 percent."
  }
}

variable "launch_heartbeat_seconds" {
  description = "How long a launching host is held; some minutes longer than Muster's JoinPatienceSeconds."
  type        = number
  default     = 1800
  # Its bounds are those of the module group.
}

variable "terminate_heartbeat_seconds" {
  description = "How long a leaving host is held each time. Muster asks for more while its tasks leave."
  type        = number
  default     = 900
}

variable "settings" {
  description = "Muster's settings for the group, by the names of its tags without muster: such as headroom-hosts = \"1\"."
  type        = map(string)
  default     = {}
}

variable "muster_stack" {
  description = "The stack that Muster's own template made, in the same account and region."
  type        = string
  default     = "muster"

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{0,127}$", var.muster_stack))
    error_message = "The name of a CloudFormation stack."
  }
}

variable "task_roles" {
  description = "Roles for tasks, by name, each with its grants: the property TaskRoles of Custom::ClusterRoles."
  type        = any
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.task_roles) : can(regex("^[A-Za-z0-9]+$", name))])
    error_message = "A map from names, of letters and digits, to grants."
  }
}

variable "roles" {
  description = "Further properties of Custom::ClusterRoles, by their own names, such as { SessionManager = true }."
  type        = any
  default     = {}

  validation {
    condition     = length(setintersection(keys(var.roles), ["ServiceToken", "ServiceTimeout", "ClusterName", "TaskRoles"])) == 0
    error_message = "ServiceToken, ServiceTimeout, ClusterName and TaskRoles are this module's to say."
  }
}

variable "drain_minutes" {
  description = "How long tasks may take to leave when the cluster is destroyed; then what still runs is cut off."
  type        = number
  default     = 15

  validation {
    condition     = var.drain_minutes >= 0 && floor(var.drain_minutes) == var.drain_minutes
    error_message = "A whole number of minutes, 0 or more."
  }
}

variable "capacity_provider" {
  description = "Whether the group is a capacity provider too, for services that ask for one. Its managed scaling is off."
  type        = bool
  default     = false
}

variable "container_insights" {
  description = "Whether CloudWatch measures the cluster's tasks and hosts, which it charges for."
  type        = string
  default     = "enabled"

  validation {
    condition     = contains(["disabled", "enabled", "enhanced"], var.container_insights)
    error_message = "disabled, enabled or enhanced."
  }
}

variable "tags" {
  description = "Tags of the cluster, the stacks, the launch template, the hosts and their volumes."
  type        = map(string)
  default     = {}
}
