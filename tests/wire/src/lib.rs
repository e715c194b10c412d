//! The clients that ship, on a wire that breaks.
