//! `ssl://`: the handshake with a broker, and what is said when it fails.
//!
//! `security` makes of the options what rustls needs, out of files and the CAs that are
//! `trust`ed; the `judge` accepts the broker's certificate or has it `refused`, the `proof` is the client's own.
//! The handshake runs over a socket whose first bytes are `overheard`, so that `words` can tell what
//! else may listen on a port; `stream` is what remains of it all. How files are read, and what a certificate
//! says, is in the crate `relaismq-tls`, which the broker uses too.

mod judge;
mod overheard;
mod proof;
mod refused;
mod security;
mod stream;
mod trust;
mod words;

use std::path::Path;

use relaismq_tls::{Given, Purpose};

pub(super) use self::security::Security;

/// A file, by the option that names it in a URI.
const fn given(file: &Path, purpose: Purpose) -> Given<'_> {
    let option = match purpose {
        Purpose::Ca => "tls.caFile",
        Purpose::Certificate => "tls.certificateFile",
        Purpose::Key => "tls.keyFile",
    };
    Given { file, option, purpose, may_be_store: false }
}
