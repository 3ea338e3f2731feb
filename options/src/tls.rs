//! Versions and cipher suites of TLS, by the names that Java has for them.

use std::{fmt, str::FromStr};

/// Declares names as Java has them.
macro_rules! names {
    (
        $(#[$outer:meta])*
        pub enum $name:ident: $what:literal {
            $($(#[$doc:meta])* $variant:ident = $text:literal,)*
        }
    ) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All that there are.
            pub const ALL: [Self; [$($text),*].len()] = [$(Self::$variant),*];

            /// Java's name for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, UnknownName> {
                Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or(UnknownName {
                    what: $what,
                    name: text.to_owned(),
                    known: &[$($text),*],
                })
            }
        }
    };
}

names! {
    /// A version of TLS. Older ones are not safe and not supported.
    pub enum TlsVersion: "version of TLS" {
        /// TLS 1.3.
        Tls13 = "TLSv1.3",
        /// TLS 1.2.
        Tls12 = "TLSv1.2",
    }
}

names! {
    /// A cipher suite. All have forward secrecy and authenticated encryption; the other ones of Java
    /// are not supported.
    pub enum CipherSuite: "cipher suite" {
        /// TLS 1.3 with AES-256.
        Tls13Aes256Gcm = "TLS_AES_256_GCM_SHA384",
        /// TLS 1.3 with AES-128.
        Tls13Aes128Gcm = "TLS_AES_128_GCM_SHA256",
        /// TLS 1.3 with ChaCha20.
        Tls13ChaCha20Poly1305 = "TLS_CHACHA20_POLY1305_SHA256",
        /// TLS 1.2 with AES-256, for certificates with an ECDSA key.
        EcdsaAes256Gcm = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        /// TLS 1.2 with AES-128, for certificates with an ECDSA key.
        EcdsaAes128Gcm = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        /// TLS 1.2 with ChaCha20, for certificates with an ECDSA key.
        EcdsaChaCha20Poly1305 = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        /// TLS 1.2 with AES-256, for certificates with an RSA key.
        RsaAes256Gcm = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        /// TLS 1.2 with AES-128, for certificates with an RSA key.
        RsaAes128Gcm = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        /// TLS 1.2 with ChaCha20, for certificates with an RSA key.
        RsaChaCha20Poly1305 = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    }
}

/// A name that stands for nothing known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no supported {what}; there are {}", .known.join(", "))]
pub struct UnknownName {
    what: &'static str,
    name: String,
    known: &'static [&'static str],
}

/// Names that are separated by commas, as options have them.
///
/// # Errors
/// In words, for a name that stands for nothing known, or for none at all.
pub fn tls_names<N: FromStr<Err = UnknownName>>(value: &str) -> Result<Vec<N>, String> {
    let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
    let names = names.map(str::parse).collect::<Result<Vec<N>, _>>();
    let names = names.map_err(|unknown| unknown.to_string())?;
    if names.is_empty() { Err("name at least one, or leave it out".to_owned()) } else { Ok(names) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_java() {
        for suite in CipherSuite::ALL {
            assert_eq!(suite.as_str().parse(), Ok(suite));
        }
        assert_eq!("TLSv1.2".parse(), Ok(TlsVersion::Tls12));
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = "TLSv1.1".parse::<TlsVersion>().unwrap_err();
        let text = r#""TLSv1.1" is no supported version of TLS; there are TLSv1.3, TLSv1.2"#;
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn names_are_separated_by_commas() {
        let named = tls_names("TLSv1.2, TLSv1.3");
        assert_eq!(named, Ok(vec![TlsVersion::Tls12, TlsVersion::Tls13]));
        assert!(tls_names::<TlsVersion>("SSLv3").unwrap_err().contains("there are TLSv1.3"));
        assert!(tls_names::<TlsVersion>(" , ").unwrap_err().contains("at least one"));
    }
}
