//! Many boxes of one image, searched fast.

pub(crate) mod index;
pub(crate) mod pairs;
pub(crate) mod prepared;
