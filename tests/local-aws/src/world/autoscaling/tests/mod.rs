mod health;
mod holding;
mod requests;
mod shapes;
mod size;
mod warm;
