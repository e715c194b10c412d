variable "group_name" {
  description = "The Auto Scaling group."
  type        = string

  validation {
    condition     = length(var.group_name) >= 1 && length(var.group_name) <= 255
    error_message = "A group's name has 1 to 255 characters."
  }
}

variable "cluster_name" {
  description = "The ECS cluster that the group's hosts join. The group gets it as its tag muster:cluster, which is the opt-in."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.cluster_name))
    error_message = "A cluster's name, not its ARN: 1 to 255 letters, digits, hyphens and underscores."
  }
}

variable "launch_heartbeat_seconds" {
  description = "How long a launching host is held; some minutes longer than Muster's JoinPatienceSeconds."
  type        = number
  default     = 1800

  validation {
    condition     = var.launch_heartbeat_seconds >= 120 && var.launch_heartbeat_seconds <= 7200
    error_message = "120 to 7200 seconds."
  }
}

variable "terminate_heartbeat_seconds" {
  description = "How long a leaving host is held each time. Muster asks for more while its tasks leave."
  type        = number
  default     = 900

  validation {
    condition     = var.terminate_heartbeat_seconds >= 120 && var.terminate_heartbeat_seconds <= 7200
    error_message = "120 to 7200 seconds."
  }
}

variable "settings" {
  description = "Muster's settings for this group alone, by the names of its tags without muster: such as headroom-hosts = \"1\"."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : can(regex("^[a-z]+(-[a-z]+)*$", name))])
    error_message = "A setting's name is in small letters with hyphens, and without muster: before it."
  }

  validation {
    # The first is the opt-in. In the others Muster keeps what it must remember.
    condition     = length(setintersection(keys(var.settings), ["cluster", "teardown", "breaker", "spare", "taking"])) == 0
    error_message = "The tags muster:cluster, muster:teardown, muster:breaker, muster:spare and muster:taking are no settings."
  }
}
