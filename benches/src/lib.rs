//! What the benches share: a workspace as a host's customers fill it, by seed.

mod crm;

pub use crm::Crm;
