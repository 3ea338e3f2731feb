//! What both sides of TLS need: certificates, keys and CAs out of files, and words for what is wrong with
//! them.
//!
//! ```text
//! file               what somebody has given, and what to say of it; format: what it seems to be
//! pem, store         certificates and keys out of it: PEM, and key stores of Java (feature `pkcs12`)
//! key                a certificate with its key; elliptic: keys whose public half Java leaves out
//! trust              who may vouch for a peer
//! certificate, name  what a certificate says of itself, for people; date, der: how that is read
//! suites             versions and cipher suites, from Java's names to those of rustls
//! alert              what a peer that ends TLS says, in words
//! ```
//!
//! Nothing here connects to anybody.

mod alert;
mod certificate;
pub mod date;
mod der;
mod elliptic;
mod file;
mod format;
mod key;
mod name;
pub mod pem;
#[cfg(feature = "pkcs12")]
pub mod store;
pub mod suites;
mod trust;

pub use self::{
    alert::spelt,
    certificate::Certificate,
    file::{Given, Purpose, Unusable},
    format::Format,
    key::certified_key,
    name::short_name,
    trust::Trust,
};
