//! Certificate, key and trusted CAs, as files say.

use std::{path::Path, sync::Arc, time::Duration};

use relaismq_options::{CipherSuite, Secret};
use relaismq_tls::{
    Certificate, Format, Given, Purpose, Trust, Unusable, certified_key, date, pem,
    store::{self, Entry, Store},
    suites,
};
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::CertifiedKey,
};

use crate::config::TlsConfig;

/// What handshakes need of files.
#[derive(Debug)]
pub(super) struct Material {
    /// The broker's own certificate, with its key.
    pub(super) own: Arc<CertifiedKey>,
    /// What that says of itself.
    pub(super) certificate: Certificate,
    /// Whose clients are accepted.
    pub(super) trusted: Option<Trusted>,
}

/// CAs of clients.
#[derive(Clone, Debug)]
pub(super) struct Trusted {
    pub(super) trust: Arc<Trust>,
    /// How rustls sees them.
    pub(super) verifier: Arc<dyn ClientCertVerifier>,
}

type Own = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl Material {
    /// Reads all files.
    pub(super) fn read(config: &TlsConfig) -> Result<Self, Unusable> {
        let file = config.certificate.as_deref().ok_or_else(|| Unusable(NONE.to_owned()))?;
        let key = config.key.as_deref().unwrap_or(file);
        let (chain, secret) = own(file, key, config.password.as_ref())?;
        let certificate = chain.first().and_then(|der| Certificate::read(der));
        let certificate = certificate.ok_or_else(|| {
            Unusable(format!("the first certificate in {} cannot be read", file.display()))
        })?;
        let files = (file.display().to_string(), key.display().to_string());
        let provider = suites::provider(&CipherSuite::ALL);
        let own = Arc::new(certified_key(chain, secret, (&files.0, &files.1), &provider)?);
        let password = config.trust_password.as_ref().or(config.password.as_ref());
        let trusted = config.trust.as_deref().map(|file| Trusted::read(file, password));
        Ok(Self { own, certificate, trusted: trusted.transpose()? })
    }

    /// For the log: whose it is, and for how long.
    pub(super) fn describe(&self) -> String {
        let Certificate { subject, issuer, not_after, .. } = &self.certificate;
        let issuer = if self.certificate.is_self_signed { "itself" } else { issuer };
        format!("{subject}, signed by {issuer}, valid until {}", date::text(*not_after))
    }

    /// What clients will refuse it for, now or soon.
    pub(super) fn trouble(&self) -> Option<String> {
        let now = UnixTime::now().as_secs();
        let Certificate { not_before, not_after, .. } = self.certificate;
        let left = Duration::from_secs(not_after.saturating_sub(now));
        if now < not_before {
            Some(format!("is not valid before {}", date::text(not_before)))
        } else if left.is_zero() {
            Some(format!("has expired on {}", date::text(not_after)))
        } else if left < SOON {
            Some(format!("expires on {}", date::text(not_after)))
        } else {
            None
        }
    }
}

/// Time enough for a new one.
const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);
const NONE: &str = "no certificate is given";

fn given<'a>(file: &'a Path, option: &'a str, purpose: Purpose) -> Given<'a> {
    Given { file, option, purpose, may_be_store: true }
}

fn own(file: &Path, key: &Path, password: Option<&Secret>) -> Result<Own, Unusable> {
    let of_certificate = given(file, "the broker's certificate", Purpose::Certificate);
    let content = of_certificate.read()?;
    if Format::of(&content) == Format::Pkcs12 {
        let store = open(of_certificate, &content, password)?;
        return of_store(file, store);
    }
    let chain = pem::certificates(of_certificate, &content)?;
    let of_key = given(key, "the broker's key", Purpose::Key);
    Ok((chain, pem::key(of_key, &of_key.read()?)?))
}

fn open(given: Given<'_>, content: &[u8], password: Option<&Secret>) -> Result<Store, Unusable> {
    store::read(given, content, password.map(Secret::expose).unwrap_or_default())
}

/// The key that has a certificate; the first of several.
fn of_store(file: &Path, store: Store) -> Result<Own, Unusable> {
    let mut keys = store.keys.into_iter().filter(|it| !it.chain.is_empty());
    let Some(Entry { alias, chain, key }) = keys.next() else {
        let file = file.display();
        return Err(Unusable(format!(
            "{file} is a key store without a key that has a certificate; `keytool -list -keystore {file}` must \
             show a PrivateKeyEntry"
        )));
    };
    let others: Vec<_> = keys.map(|it| it.alias).collect();
    if !others.is_empty() {
        let (file, others) = (file.display(), others.join(", "));
        tracing::warn!(%file, alias, others, "the key store has several keys, the first is used");
    }
    Ok((chain, key))
}

impl Trusted {
    fn read(file: &Path, password: Option<&Secret>) -> Result<Self, Unusable> {
        let of_trust = given(file, "CAs of clients", Purpose::Ca);
        let content = of_trust.read()?;
        let found = match Format::of(&content) {
            Format::Pkcs12 => open(of_trust, &content, password)?.trusted,
            _ => pem::certificates(of_trust, &content)?,
        };
        if found.is_empty() {
            let file = file.display();
            return Err(Unusable(format!(
                "{file} (CAs of clients) holds no certificate; `keytool -importcert -keystore {file} -alias ca \
                 -file ca.pem` adds one"
            )));
        }
        let trust = Trust::nobody().and(of_trust, found)?;
        let provider = Arc::new(suites::provider(&CipherSuite::ALL));
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(trust.roots.clone()), provider);
        let verifier = verifier.build().map_err(|error| {
            Unusable(format!("the CAs in {} cannot be used: {error}", file.display()))
        })?;
        Ok(Self { trust: Arc::new(trust), verifier })
    }
}
