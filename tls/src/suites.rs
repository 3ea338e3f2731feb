//! Versions and cipher suites, from Java's names to those of rustls.

use relaismq_options::{CipherSuite, TlsVersion};
use rustls::{
    SupportedCipherSuite, SupportedProtocolVersion,
    crypto::{CryptoProvider, ring},
};

/// The cryptography, with the suites that may be used.
#[must_use]
pub fn provider(suites: &[CipherSuite]) -> CryptoProvider {
    let mut provider = ring::default_provider();
    provider.cipher_suites.retain(|suite| {
        let name = java_name(suite);
        suites.iter().any(|wanted| wanted.as_str() == name)
    });
    provider
}

/// Only the suites of TLS 1.3 have a name of their own in rustls.
fn java_name(suite: &SupportedCipherSuite) -> String {
    let name = suite.suite().as_str().unwrap_or_default();
    name.replacen("TLS13_", "TLS_", 1)
}

/// The versions that may be used.
#[must_use]
pub fn versions(versions: &[TlsVersion]) -> Vec<&'static SupportedProtocolVersion> {
    let one = |version: &TlsVersion| match version {
        TlsVersion::Tls12 => &rustls::version::TLS12,
        _ => &rustls::version::TLS13,
    };
    versions.iter().map(one).collect()
}

/// What is said if no suite belongs to any of the versions.
#[must_use]
pub fn unfit(suites: &[CipherSuite], versions: &[TlsVersion], options: &str) -> String {
    let suites: Vec<_> = suites.iter().map(|it| it.as_str()).collect();
    let versions: Vec<_> = versions.iter().map(|it| it.as_str()).collect();
    format!(
        "none of the cipher suites {} belongs to {}: allow others with {options}",
        suites.join(", "),
        versions.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_of_the_options_exists() {
        let all = provider(&CipherSuite::ALL);
        assert_eq!(all.cipher_suites.len(), CipherSuite::ALL.len());
        assert_eq!(provider(&[CipherSuite::Tls13Aes128Gcm]).cipher_suites.len(), 1);
    }
}
