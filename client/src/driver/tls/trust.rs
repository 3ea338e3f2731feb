//! Whom the client trusts: the CAs of its options, or those of the system.

use std::path::PathBuf;

use relaismq_tls::{Purpose, Trust};
use rustls::RootCertStore;

use crate::driver::fault::Fault;

/// The CAs of these files.
pub(super) fn of_files(files: &[PathBuf]) -> Result<Trust, Fault> {
    let mut given = files.iter().map(|file| super::given(file, Purpose::Ca));
    Ok(given.try_fold(Trust::nobody(), Trust::and_file)?)
}

/// The CAs that the system trusts. Those that cannot be read or used are passed over as long as
/// there are others, since every system has some.
pub(super) fn of_the_system() -> Result<Trust, Fault> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let reasons = found.errors.iter().map(ToString::to_string).collect::<Vec<_>>();
        let reasons =
            if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
        return Err(Fault::lasting(format!(
            "this system trusts no CA{reasons}: install its package of CA certificates (often \
             ca-certificates), name a file of them in SSL_CERT_FILE, or give the broker's CA with \
             tls.caFile"
        )));
    }
    let origin = format!("the {} CAs of this system", roots.len());
    Ok(Trust { roots, given: Vec::new(), origin })
}
