//! Reads and writes of IAM.
