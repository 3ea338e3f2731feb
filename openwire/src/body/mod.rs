//! Bodies and properties of messages. Nothing here is decoded until somebody asks: a broker passes
//! the bytes on untouched.
//!
//! ```text
//! access                  bodies of messages, made and read; compression: deflated or not
//! properties, conversion  what is in the map, and what JMS keeps in header fields
//! value, coding, counted  values that name their own type, and how they are written
//! data                    the values inside a bytes message, which do not
//! ```

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
