//! Certificates and keys out of PEM.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::file::{Given, Unusable};

/// All certificates in the content of a file; at least one.
///
/// # Errors
/// If there is none, with the command that makes one of it.
pub fn certificates(
    given: Given<'_>,
    content: &[u8],
) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(content).collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(given.other_format(content)),
        Err(_) => Err(given.spoilt()),
    }
}

/// The first key in the content of a file.
///
/// # Errors
/// If there is none, or it is encrypted, with the command that helps.
pub fn key(given: Given<'_>, content: &[u8]) -> Result<PrivateKeyDer<'static>, Unusable> {
    if is_encrypted(content) {
        let file = given.file.display();
        return Err(Unusable(format!(
            "the key in {file} is encrypted, which is not supported: decrypt it with `openssl pkey -in \
             {file} -out key.pem`, let nobody else read the result (chmod 600), and give that"
        )));
    }
    match PrivateKeyDer::from_pem_slice(content) {
        Ok(key) => Ok(key),
        Err(rustls::pki_types::pem::Error::NoItemsFound) => Err(given.other_format(content)),
        Err(_) => Err(given.spoilt()),
    }
}

fn is_encrypted(text: &[u8]) -> bool {
    let has = |words: &[u8]| text.windows(words.len()).any(|window| window == words);
    has(b"-----BEGIN ENCRYPTED PRIVATE KEY-----") || has(b"Proc-Type: 4,ENCRYPTED")
}
