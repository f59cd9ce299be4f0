//! Reads JSON texts of any content.

pub(crate) mod document;
pub(crate) mod fault;
pub(crate) mod fields;
mod numbers;
pub(crate) mod reader;
#[cfg(test)]
mod tests;
mod tokens;
pub(crate) mod unreadable;
