//! Reads JSON texts of any content.

pub(crate) mod document;
pub(crate) mod fault;
pub(crate) mod fields;
pub(crate) mod reader;
#[cfg(test)]
mod tests;
mod tokens;
pub(crate) mod unreadable;
