//! Reads and writes of IAM.

mod act;
mod look;
