//! `fuzz`.
fn main() {}
