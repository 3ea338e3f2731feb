//! How a broker behind `ssl://` is recognised, and how the client proves who it is.

use std::path::PathBuf;

use relaismq_options::{CipherSuite, TlsVersion};

super::options! {
    /// TLS to one broker, for the schemes `ssl`, `nio+ssl`, `auto+ssl` and `auto+nio+ssl`.
    ///
    /// Without any of these the broker's certificate must be signed by a CA that this system trusts,
    /// and be for the host of the URI, which suits Amazon MQ. All files are PEM and are read again for
    /// each attempt to connect, so that a renewed certificate needs no restart. Java's key stores are
    /// not read; whoever gives one is told the command that converts it.
    ///
    /// ```no_run
    /// use relaismq::Connection;
    /// use relaismq::options::TlsOptions;
    ///
    /// # async fn run() -> Result<(), relaismq::Error> {
    /// let tls = TlsOptions::new()
    ///     .ca_file("/etc/activemq/ca.pem")
    ///     .client_certificate("/etc/app/cert.pem", "/etc/app/key.pem");
    /// let connection = Connection::builder("failover:(ssl://a:61617,ssl://b:61617)")
    ///     .tls(tls)
    ///     .connect()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// In a URI they stand on a broker or, for all brokers, behind the closing parenthesis with the
    /// prefix `nested.`. ActiveMQ's URIs have no names for PEM files, so those with the prefix `tls.`
    /// are this client's own.
    pub struct TlsOptions {
        /// Files with certificates of CAs (or of brokers themselves, if they are self-signed), any
        /// number in each (`tls.caFile`, one file). They replace those of the system. Default none:
        /// those that the system trusts, found as OpenSSL finds them; `SSL_CERT_FILE` and
        /// `SSL_CERT_DIR` say otherwise.
        ca_files: Vec<PathBuf> = Vec::new(),
        /// File with the client's certificate, followed by those between it and its CA
        /// (`tls.certificateFile`). Default none: the client does not prove who it is.
        certificate_file: Option<PathBuf> = None,
        /// File with the key of that certificate, not encrypted, as PKCS#8, PKCS#1 or SEC1
        /// (`tls.keyFile`). Default none: it is in the file of the certificate.
        key_file: Option<PathBuf> = None,
        /// Name that the broker is asked for and that its certificate must be for (`tls.serverName`),
        /// for a broker that is reached under another name, such as through a tunnel. Default none:
        /// the host of the URI.
        server_name: Option<String> = None,
        /// Whether the certificate must be for that name (`verifyHostName` or
        /// `socket.verifyHostName`). Default true (ActiveMQ `SslTransport`). Switched off, whoever
        /// has any certificate of a trusted CA can pass for the broker.
        verify_host_name: bool = true,
        /// Versions of TLS that may be used (`socket.enabledProtocols`, separated by commas). Default
        /// none: all of [`TlsVersion::ALL`].
        enabled_protocols: Vec<TlsVersion> = Vec::new(),
        /// Cipher suites that may be used (`socket.enabledCipherSuites`, by Java's names, separated
        /// by commas). Default none: all of [`CipherSuite::ALL`].
        enabled_cipher_suites: Vec<CipherSuite> = Vec::new(),
    }
}

impl TlsOptions {
    /// All at their defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more file with certificates of CAs.
    #[must_use]
    pub fn ca_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.ca_files.push(file.into());
        self
    }

    /// The client's certificate and its key.
    #[must_use]
    pub fn client_certificate(
        self,
        certificate_file: impl Into<PathBuf>,
        key_file: impl Into<PathBuf>,
    ) -> Self {
        self.certificate_file(Some(certificate_file.into())).key_file(Some(key_file.into()))
    }

    /// The versions of TLS that may be used.
    #[must_use]
    pub fn versions(&self) -> &[TlsVersion] {
        if self.enabled_protocols.is_empty() { &TlsVersion::ALL } else { &self.enabled_protocols }
    }

    /// The cipher suites that may be used.
    #[must_use]
    pub fn suites(&self) -> &[CipherSuite] {
        if self.enabled_cipher_suites.is_empty() {
            &CipherSuite::ALL
        } else {
            &self.enabled_cipher_suites
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_restricted_is_all() {
        assert_eq!(TlsOptions::new().suites(), CipherSuite::ALL);
        let restricted = TlsOptions::new().enabled_protocols(vec![TlsVersion::Tls12]);
        assert_eq!(restricted.versions(), [TlsVersion::Tls12]);
    }
}
