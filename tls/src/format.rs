//! What a file seems to be.

use rustls::pki_types::pem::{PemObject, SectionKind};

/// What people give where certificates and keys are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// JKS or JCEKS, which only Java reads.
    JavaKeyStore,
    /// PKCS#12, which Java and OpenSSL make.
    Pkcs12,
    /// A bare certificate or key.
    Der,
    /// Text.
    Pem,
    /// None of these.
    Unknown,
}

impl Format {
    /// Of a file with this content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        let is_pem = <(SectionKind, Vec<u8>)>::from_pem_slice(content).is_ok();
        let id_of_pkcs7 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];
        let beginning = content.get(..64).unwrap_or(content);
        match content {
            [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => Self::JavaKeyStore,
            // A sequence that begins with version 3 and goes on with PKCS#7.
            [0x30, ..] if beginning.windows(8).any(|window| window == id_of_pkcs7) => Self::Pkcs12,
            [0x30, 0x81..=0x84, ..] => Self::Der,
            _ if is_pem => Self::Pem,
            _ => Self::Unknown,
        }
    }
}
