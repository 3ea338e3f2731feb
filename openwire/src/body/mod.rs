//! Bodies and properties of messages. Nothing here is decoded until somebody asks: a broker passes
//! the bytes on untouched.

mod access;
mod coding;
mod compression;
mod conversion;
mod counted;
mod data;
mod properties;
mod value;

pub use self::{
    conversion::PropertyError,
    data::{DataReader, DataWriter},
    value::{PrimitiveMap, Value},
};
