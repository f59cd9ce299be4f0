//! Tables written as text: columns of equal length, row by row. The caller splits the rows among threads and writes what
//! comes out in their order.

pub(crate) mod column;
pub(crate) mod csv;
pub(crate) mod json;
mod number;
