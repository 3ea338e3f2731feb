//! A certificate with its key.

use rustls::{
    Error,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer},
    sign::CertifiedKey,
};

use crate::{elliptic, file::Unusable};

/// A certificate with its key, ready to sign; `certificate` and `key` are the names of their files.
///
/// # Errors
/// If they do not belong together, or the key is of a kind that is not supported.
pub fn certified_key(
    chain: Vec<CertificateDer<'static>>,
    secret: PrivateKeyDer<'static>,
    (certificate, key): (&str, &str),
    provider: &CryptoProvider,
) -> Result<CertifiedKey, Unusable> {
    let is_elliptic = elliptic::is_elliptic(&secret);
    let completed = chain.first().filter(|_| is_elliptic).and_then(|own| {
        let unfit = provider.key_provider.load_private_key(secret.clone_key()).is_err();
        elliptic::completed(&secret, own).filter(|_| unfit)
    });
    let was_completed = completed.is_some();
    let secret = completed.unwrap_or(secret);
    CertifiedKey::from_der(chain, secret, provider).map_err(|error| {
        Unusable(match error {
            Error::InconsistentKeys(_) => foreign(certificate, key),
            // What was added is the certificate's.
            _ if was_completed => foreign(certificate, key),
            _ if is_elliptic => format!(
                "the key in {key} cannot be used: of elliptic keys those on the curves P-256 and P-384 are \
                 supported"
            ),
            other => format!("the key in {key} cannot be used: {other}"),
        })
    })
}

fn foreign(certificate: &str, key: &str) -> String {
    format!(
        "the key in {key} does not belong to the first certificate in {certificate}: the one that belongs to \
         the key must come first"
    )
}
