//! Bodies and properties of messages. Nothing here is decoded until somebody asks: a broker passes
//! the bytes on untouched.

mod access;
mod compression;
mod data;
mod map;
mod properties;
mod value;

pub use self::{
    data::{DataReader, DataWriter},
    map::PrimitiveMap,
    properties::PropertyError,
    value::Value,
};
