//! Reads JSON texts of any content.

pub(crate) mod fault;
mod number;
pub(crate) mod parallel_list;
pub(crate) mod reader;
mod string;
