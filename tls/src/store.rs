//! Key stores in PKCS#12, as `keytool` and `openssl pkcs12` make them.

use p12_keystore::{Pkcs12Archive, error::Error};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::file::{Given, Unusable};

/// What a key store holds.
pub struct Store {
    /// Keys with their certificates, that of the key first.
    pub keys: Vec<Entry>,
    /// Certificates of others: those that Java marks as trusted, or all if none is marked.
    pub trusted: Vec<CertificateDer<'static>>,
}

/// A key with its certificates.
pub struct Entry {
    /// What the store calls it.
    pub alias: String,
    /// The key's own certificate first, then those between it and its CA.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key.
    pub key: PrivateKeyDer<'static>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys: Vec<_> = self.keys.iter().map(|it| &it.alias).collect();
        f.debug_struct("Store").field("keys", &keys).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("alias", &self.alias).finish_non_exhaustive()
    }
}

/// Reads the content of a file.
///
/// # Errors
/// If the password is wrong or it is damaged.
pub fn read(given: Given<'_>, content: &[u8], password: &str) -> Result<Store, Unusable> {
    let archive = Pkcs12Archive::from_pkcs12(content, password)
        .map_err(|error| unreadable(given, &error, password.is_empty()))?;
    let keys = archive.keys.iter().map(|bag| {
        let local_id = bag.local_key_id.as_ref().map(AsRef::as_ref);
        let own = archive
            .certs
            .iter()
            .position(|it| local_id.is_some() && it.local_key_id.as_deref() == local_id);
        Entry {
            alias: bag.friendly_name.clone().unwrap_or_else(|| "1".to_owned()),
            chain: own.map(|own| chain(&archive, own)).unwrap_or_default(),
            key: PrivatePkcs8KeyDer::from(bag.key.as_der().to_vec()).into(),
        }
    });
    let keys = keys.collect();
    Ok(Store { keys, trusted: trusted(&archive) })
}

/// A certificate and those above it, as far as they are there.
fn chain(archive: &Pkcs12Archive, own: usize) -> Vec<CertificateDer<'static>> {
    let mut places = vec![own];
    while let Some(last) = places.last().and_then(|place| archive.certs.get(*place)) {
        let (subject, issuer) = (last.cert.subject(), last.cert.issuer());
        let next = archive.certs.iter().position(|it| it.cert.subject() == issuer);
        match next {
            Some(next) if subject != issuer && !places.contains(&next) => places.push(next),
            _ => break,
        }
    }
    let found = places.iter().filter_map(|place| archive.certs.get(*place));
    found.map(|it| CertificateDer::from(it.cert.as_der().to_vec())).collect()
}

fn trusted(archive: &Pkcs12Archive) -> Vec<CertificateDer<'static>> {
    let any_marked = archive.certs.iter().any(|it| it.trusted);
    let others = archive.certs.iter().filter(|it| it.trusted || !any_marked);
    others.map(|it| CertificateDer::from(it.cert.as_der().to_vec())).collect()
}

fn unreadable(given: Given<'_>, error: &Error, without_password: bool) -> Unusable {
    let shown = given.shown();
    // A wrong password shows in the sum over everything, or in what it decrypts to.
    Unusable(match error {
        Error::MacError(_) | Error::UnpadError if without_password => {
            format!("{shown} is a PKCS#12 store that needs a password, and none was given")
        }
        Error::MacError(_) | Error::UnpadError => format!(
            "the password of {shown} is wrong, or the file is damaged; `keytool -list -keystore {}` asks for \
             the password and tells",
            given.file.display()
        ),
        error => format!(
            "{shown} cannot be read as a PKCS#12 store: {error}; `openssl pkcs12 -in {} -nodes -out \
             broker.pem` makes PEM of it",
            given.file.display()
        ),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair};

    use super::*;
    use crate::{Purpose, certified_key, suites};

    fn open(content: &[u8], password: &str) -> Result<Store, Unusable> {
        let (file, purpose) = (Path::new("store.p12"), Purpose::Certificate);
        read(Given { file, option: "keyStore", purpose, may_be_store: true }, content, password)
    }

    fn store(password: &str) -> Vec<u8> {
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let own = CertificateParams::new(vec!["a".to_owned()]).unwrap().self_signed(&key).unwrap();
        let ca = CertificateParams::new(vec!["b".to_owned()]).unwrap().self_signed(&other).unwrap();
        let certificate = |der: &[u8]| Certificate::from_der(der).unwrap();
        let secret = PrivateKey::from_der(&key.serialize_der()).unwrap();
        let chain = PrivateKeyChain::new("1", secret, [certificate(own.der())]);
        let mut store = KeyStore::new();
        store.add_entry("broker", KeyStoreEntry::PrivateKeyChain(chain));
        store.add_entry("ca", KeyStoreEntry::Certificate(certificate(ca.der())));
        store.writer(password).encryption_iterations(10).mac_iterations(10).write().unwrap()
    }

    #[test]
    fn a_key_comes_with_its_certificate_and_apart_from_those_of_others() {
        let Store { mut keys, trusted } = open(&store("secret"), "secret").unwrap();
        assert_eq!((keys.len(), trusted.len()), (1, 1));
        let Entry { alias, chain, key } = keys.remove(0);
        assert_eq!((alias.as_str(), chain.len()), ("broker", 1));
        assert_ne!(chain, trusted);
        let provider = suites::provider(&relaismq_options::CipherSuite::ALL);
        certified_key(chain, key, ("store", "store"), &provider).unwrap();
    }

    #[test]
    fn a_wrong_password_is_told_from_a_missing_one() {
        let store = store("secret");
        let said = open(&store, "wrong").unwrap_err().to_string();
        assert!(said.contains("the password of store.p12 (keyStore) is wrong"), "{said}");
        let said = open(&store, "").unwrap_err().to_string();
        assert!(said.contains("needs a password, and none was given"), "{said}");
    }

    proptest! {
        #[test]
        fn a_spoilt_store_is_refused_or_another_one(at in 0..2000_usize, byte: u8, cut in 0..2000_usize) {
            let mut spoilt = store("secret");
            let at = at % spoilt.len();
            spoilt[at] = byte;
            spoilt.truncate(spoilt.len() - cut.min(spoilt.len()));
            let _ = open(&spoilt, "secret");
        }
    }
}
