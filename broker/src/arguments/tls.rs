//! The broker's certificate, and whose clients it accepts.

use std::path::PathBuf;

use clap::Args;
use relaismq_options::Secret;

use crate::config::{BrokerConfig, ClientCertificates, TlsConfig};

/// The part of the command line that is for `--listen ssl://…`. What is not given is as the file says.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "TLS (for --listen ssl://HOST:PORT, or a --config with such connectors)"
)]
pub(super) struct TlsArgs {
    /// The broker's certificate in PEM, followed by those between it and its CA; or a key store (PKCS#12) with it
    /// and its key. Files that have changed are read again
    #[arg(long, value_name = "FILE")]
    tls_certificate: Option<PathBuf>,
    /// Its key in PEM, not encrypted [default: in the file of the certificate]
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// The password of the key store; better in the environment, where other users of the machine do not see it
    #[arg(long, value_name = "PASSWORD", env = "RELAISMQ_TLS_PASSWORD", hide_env_values = true)]
    tls_password: Option<String>,
    /// CAs of clients, for ssl://HOST:PORT?needClientAuth=true and wantClientAuth=true: PEM, or PKCS#12
    #[arg(long, value_name = "FILE")]
    tls_trust: Option<PathBuf>,
    /// The password of that, if it is another one
    #[arg(
        long,
        value_name = "PASSWORD",
        env = "RELAISMQ_TLS_TRUST_PASSWORD",
        hide_env_values = true
    )]
    tls_trust_password: Option<String>,
}

impl TlsArgs {
    /// A certificate is given, so that a file need not.
    pub(super) fn properties(&self) -> impl Iterator<Item = (&'static str, String)> {
        let file = |file: &Option<PathBuf>| file.as_ref().map(|it| it.display().to_string());
        let given = [
            ("javax.net.ssl.keyStore", file(&self.tls_certificate)),
            ("javax.net.ssl.trustStore", file(&self.tls_trust)),
        ];
        given.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// Changes what was given.
    pub(super) fn change(&self, tls: &mut TlsConfig) {
        let secret = |given: &Option<String>| given.clone().map(Secret::new);
        if self.tls_certificate.is_some() {
            // What a file says of another certificate is not about this one.
            let (trust, trust_password) = (tls.trust.take(), tls.trust_password.take());
            let (certificate, key) = (self.tls_certificate.clone(), self.tls_key.clone());
            *tls = TlsConfig { certificate, key, password: None, trust, trust_password };
        }
        tls.password = secret(&self.tls_password).or(tls.password.take());
        if self.tls_trust.is_some() {
            tls.trust.clone_from(&self.tls_trust);
            tls.trust_password = None;
        }
        tls.trust_password = secret(&self.tls_trust_password).or(tls.trust_password.take());
    }
}

/// Whether all is said that connectors with TLS need. Of a file that is known already.
pub(super) fn check(config: &BrokerConfig) -> Result<(), String> {
    let mut secure = config.connectors.iter().filter_map(|it| Some((it, it.tls()?)));
    if let Some((connector, _)) = secure.clone().next().filter(|_| config.tls.certificate.is_none())
    {
        return Err(format!(
            "{connector} needs a certificate: give it with --tls-certificate FILE and --tls-key FILE (PEM), or as a \
             key store (PKCS#12) with --tls-certificate FILE and RELAISMQ_TLS_PASSWORD"
        ));
    }
    let asking = secure.find(|(_, tls)| tls.client_certificates != ClientCertificates::No);
    match asking.filter(|_| config.tls.trust.is_none()) {
        Some((connector, _)) => Err(format!(
            "{connector} asks clients for certificates: say whose are accepted with --tls-trust FILE"
        )),
        None => Ok(()),
    }
}
