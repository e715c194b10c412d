//! The model of IAM against what the documentation says of IAM.

mod roles;
mod simulate;
