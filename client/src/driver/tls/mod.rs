//! `ssl://`: the handshake with a broker, and what is said when it fails.
//!
//! `security` makes of the options what rustls needs, out of files (`pem`) and the CAs that are
//! `trust`ed; the `judge` accepts the broker's certificate or has it `refused`, the `proof` is the client's own.
//! The handshake runs over a socket whose first bytes are `overheard`, so that `words` can tell what
//! else may listen on a port; `stream` is what remains of it all. What error messages say of a `certificate`
//! is read with `der` and `date`.

mod certificate;
mod date;
mod der;
mod judge;
mod overheard;
mod pem;
mod proof;
mod refused;
mod security;
mod stream;
mod trust;
mod words;

pub(super) use self::security::Security;
