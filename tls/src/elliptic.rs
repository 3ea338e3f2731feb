//! Elliptic keys whose public half is missing.
//!
//! Java leaves it out of what it writes, and what signs here wants it. The certificate has it.

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::{certificate::public_key, der::Reader};

/// The mark of a key on an elliptic curve: `id-ecPublicKey`.
const ELLIPTIC: [u8; 7] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// Whether it is a key on an elliptic curve.
pub(crate) fn is_elliptic(key: &PrivateKeyDer<'_>) -> bool {
    key.secret_der().windows(ELLIPTIC.len()).any(|window| window == ELLIPTIC)
}

/// The key with the public half that is in the certificate, if it is a key in PKCS#8 without.
pub(crate) fn completed(
    key: &PrivateKeyDer<'_>,
    certificate: &[u8],
) -> Option<PrivateKeyDer<'static>> {
    let PrivateKeyDer::Pkcs8(key) = key else { return None };
    let mut whole = Reader::new(key.secret_pkcs8_der()).within(SEQUENCE)?;
    let _version = whole.within(INTEGER)?;
    let (_, algorithm) = whole.next()?;
    let mut inner = whole.within(OCTET_STRING)?.within(SEQUENCE)?;
    let _version = inner.within(INTEGER)?;
    let (_, secret) = inner.next()?;
    let public = [&[0], public_key(certificate)?].concat();
    let inner = [
        element(INTEGER, &[1]),
        element(OCTET_STRING, secret),
        element(PUBLIC, &element(BIT_STRING, &public)),
    ];
    let inner = element(SEQUENCE, &inner.concat());
    let whole =
        [element(INTEGER, &[0]), element(SEQUENCE, algorithm), element(OCTET_STRING, &inner)];
    Some(PrivatePkcs8KeyDer::from(element(SEQUENCE, &whole.concat())).into())
}

/// One element of DER; keys on curves are short.
fn element(kind: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let low = u8::try_from(length & 0xff).unwrap_or_default();
    let high = u8::try_from(length >> 8).unwrap_or(u8::MAX);
    let head = match length {
        0..0x80 => vec![kind, low],
        0x80..0x100 => vec![kind, 0x81, low],
        _ => vec![kind, 0x82, high, low],
    };
    [&head, contents].concat()
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
const PUBLIC: u8 = 0xa1;

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;
    use crate::{certified_key, suites};

    /// As Java writes it.
    fn without_public_half(key: &KeyPair) -> PrivateKeyDer<'static> {
        let der = key.serialize_der();
        let mut whole = Reader::new(&der).within(SEQUENCE).unwrap();
        whole.next().unwrap();
        let (_, algorithm) = whole.next().unwrap();
        let mut inner = whole.within(OCTET_STRING).unwrap().within(SEQUENCE).unwrap();
        inner.next().unwrap();
        let (_, secret) = inner.next().unwrap();
        let inner = [element(INTEGER, &[1]), element(OCTET_STRING, secret)].concat();
        let inner = element(OCTET_STRING, &element(SEQUENCE, &inner));
        let whole = [element(INTEGER, &[0]), element(SEQUENCE, algorithm), inner].concat();
        PrivatePkcs8KeyDer::from(element(SEQUENCE, &whole)).into()
    }

    #[test]
    fn an_elliptic_key_as_java_writes_it_is_completed_from_its_certificate() {
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let certificate = CertificateParams::default().self_signed(&key).unwrap();
        let provider = suites::provider(&relaismq_options::CipherSuite::ALL);
        let half = without_public_half(&key);
        assert!(provider.key_provider.load_private_key(half.clone_key()).is_err());
        let chain = vec![certificate.der().clone()];
        certified_key(chain.clone(), half, ("cert.pem", "key.pem"), &provider).unwrap();
        let foreign = without_public_half(&other);
        let refused = certified_key(chain, foreign, ("cert.pem", "key.pem"), &provider);
        let said = refused.unwrap_err().to_string();
        assert!(said.contains("does not belong to the first certificate in cert.pem"), "{said}");
    }
}
