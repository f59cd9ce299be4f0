//! Reads JSON texts of any content.

pub(crate) mod fault;
mod id;
mod number;
pub(crate) mod parallel_list;
pub(crate) mod reader;
mod string;
pub(crate) mod unreadable;
