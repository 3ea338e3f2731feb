//! Where clients connect, and what they travel on.

use std::{fmt, net::SocketAddr, str::FromStr};

use relaismq_options::{
    CipherSuite, Kind, Refusal, Row, Scheme, TlsVersion, closest, find, tls_names,
};

use super::{error::ConfigError, listen::ListenAddress};

/// Where clients connect: `tcp://HOST:PORT` or `ssl://HOST:PORT?needClientAuth=true`. Port 0 lets the system
/// choose. `nio` and `auto` mean the same as `tcp`, `nio+ssl` and `auto+ssl` the same as `ssl`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connector {
    pub(crate) address: ListenAddress,
    /// What is special about its TLS, if it has that.
    pub(crate) tls: Option<ConnectorTls>,
}

/// What TLS one connector allows, and what it wants of clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectorTls {
    /// Whether clients have to prove who they are. Default: they are not asked.
    pub client_certificates: ClientCertificates,
    /// Versions that may be used. Default none: TLS 1.3 and 1.2.
    pub versions: Vec<TlsVersion>,
    /// Cipher suites that may be used. Default none: all of [`CipherSuite::ALL`].
    pub suites: Vec<CipherSuite>,
}

/// Whether clients have to prove who they are by a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificates {
    /// They are not asked.
    #[default]
    No,
    /// They are asked; one that has none is let in all the same. ActiveMQ's `wantClientAuth`.
    Wanted,
    /// Who has none is refused. ActiveMQ's `needClientAuth`.
    Needed,
}

/// ActiveMQ's options of a connector with TLS. They may have the prefix `transport.`, too.
pub(crate) const TLS_OPTIONS: &[Row<ConnectorTls>] = &[
    Row {
        name: "needClientAuth",
        kind: Kind::Bool(ConnectorTls::need),
        default: "false",
        doc: "Whether clients without a certificate of a trusted CA are refused.",
    },
    Row {
        name: "wantClientAuth",
        kind: Kind::Bool(ConnectorTls::want),
        default: "false",
        doc: "Whether clients are asked for a certificate, and let in without one.",
    },
    Row {
        name: "enabledProtocols",
        kind: Kind::Names("TLSv1.3 and TLSv1.2", ConnectorTls::allow_versions),
        default: "TLSv1.3,TLSv1.2",
        doc: "Versions of TLS that may be used.",
    },
    Row {
        name: "enabledCipherSuites",
        kind: Kind::Names("cipher suites, by Java's names", ConnectorTls::allow_suites),
        default: "all",
        doc: "Cipher suites that may be used; docs/tls.md lists them.",
    },
];

/// Schemes of ActiveMQ's connectors that are served.
pub(crate) const SCHEMES: [(&str, Scheme); 8] = [
    ("tcp", Scheme::Tcp),
    ("nio", Scheme::Tcp),
    ("auto", Scheme::Tcp),
    ("auto+nio", Scheme::Tcp),
    ("ssl", Scheme::Ssl),
    ("nio+ssl", Scheme::Ssl),
    ("auto+ssl", Scheme::Ssl),
    ("auto+nio+ssl", Scheme::Ssl),
];

/// The scheme of this name.
pub(crate) fn scheme(name: &str) -> Option<Scheme> {
    SCHEMES.iter().find(|(known, _)| *known == name).map(|(_, scheme)| *scheme)
}

impl ConnectorTls {
    pub(crate) fn need(&mut self, on: bool) {
        self.ask(on, ClientCertificates::Needed);
    }

    /// Whoever is needed is wanted.
    pub(crate) fn want(&mut self, on: bool) {
        if self.client_certificates != ClientCertificates::Needed {
            self.ask(on, ClientCertificates::Wanted);
        }
    }

    fn ask(&mut self, on: bool, how: ClientCertificates) {
        if on {
            self.client_certificates = how;
        } else if self.client_certificates == how {
            self.client_certificates = ClientCertificates::No;
        }
    }

    pub(crate) fn allow_versions(&mut self, names: &str) -> Result<(), String> {
        self.versions = tls_names(names)?;
        Ok(())
    }

    pub(crate) fn allow_suites(&mut self, names: &str) -> Result<(), String> {
        self.suites = tls_names(names)?;
        Ok(())
    }

    /// The versions that may be used.
    #[must_use]
    pub fn versions(&self) -> &[TlsVersion] {
        if self.versions.is_empty() { &TlsVersion::ALL } else { &self.versions }
    }

    /// The cipher suites that may be used.
    #[must_use]
    pub fn suites(&self) -> &[CipherSuite] {
        if self.suites.is_empty() { &CipherSuite::ALL } else { &self.suites }
    }

    fn read(options: &str) -> Result<Self, String> {
        let mut tls = Self::default();
        for option in options.split('&').filter(|it| !it.is_empty()) {
            let (name, value) = option.split_once('=').ok_or("options are written NAME=VALUE")?;
            let bare = name.strip_prefix("transport.").unwrap_or(name);
            let Some((_, row)) = find(TLS_OPTIONS, bare) else {
                let known = closest(bare, TLS_OPTIONS.iter().map(|row| row.name));
                let known = known.unwrap_or("needClientAuth");
                return Err(format!("{name} is not known here; did you mean {known}?"));
            };
            row.kind.apply(&mut tls, value).map_err(|refusal| match refusal {
                Refusal::Bad(expected) => format!("{name} must be {expected}"),
                Refusal::Unfit(hint) => hint,
                Refusal::Later(_) => format!("{name} is not built yet"),
            })?;
        }
        Ok(tls)
    }
}

impl Connector {
    /// Over plain TCP.
    pub(crate) const fn plain(address: ListenAddress) -> Self {
        Self { address, tls: None }
    }

    /// What bytes travel on.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        if self.tls.is_some() { Scheme::Ssl } else { Scheme::Tcp }
    }

    /// What is special about its TLS; nothing if it has none.
    #[must_use]
    pub const fn tls(&self) -> Option<&ConnectorTls> {
        self.tls.as_ref()
    }

    /// What the system's resolver takes.
    pub(crate) fn host_and_port(&self) -> (&str, u16) {
        self.address.host_and_port()
    }
}

impl FromStr for Connector {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let refuse = |hint: &'static str| ConfigError::new("listen address", text, hint);
        let (name, rest) = text.split_once("://").ok_or_else(|| refuse(WRITE))?;
        let scheme = scheme(name).ok_or_else(|| refuse(WRITE))?;
        let (address, options) = rest.split_once('?').unwrap_or((rest, ""));
        let address = ListenAddress::read(address).map_err(refuse)?;
        if scheme.is_secure() {
            let tls = ConnectorTls::read(options);
            let tls = tls.map_err(|hint| ConfigError::told("listen address", text, hint))?;
            return Ok(Self { address, tls: Some(tls) });
        }
        if rest.contains('?') {
            return Err(refuse("write tcp://HOST:PORT without options or path"));
        }
        Ok(Self::plain(address))
    }
}

const WRITE: &str = "write tcp://HOST:PORT, or ssl://HOST:PORT for TLS; nothing else is served";

impl fmt::Display for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address.to_string();
        write!(f, "{}{}", self.scheme().as_str(), address.trim_start_matches("tcp"))
    }
}

/// A bound address in URI form.
pub(crate) fn openwire_uri(scheme: Scheme, address: SocketAddr) -> String {
    format!("{}://{address}", scheme.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back_as_they_print() {
        for text in ["tcp://127.0.0.1:61616", "tcp://[::1]:0", "ssl://my_host:1", "ssl://[::1]:2"] {
            assert_eq!(text.parse::<Connector>().unwrap().to_string(), text);
        }
        assert_eq!("auto+nio+ssl://a:1".parse::<Connector>().unwrap().to_string(), "ssl://a:1");
        assert_eq!("nio://a:1".parse::<Connector>().unwrap().to_string(), "tcp://a:1");
    }

    #[test]
    fn options_say_what_is_wanted_of_clients() {
        let options = "transport.enabledProtocols=TLSv1.3&wantClientAuth=true&needClientAuth=true";
        let connector: Connector = format!("ssl://a:1?{options}").parse().unwrap();
        let tls = connector.tls().unwrap();
        assert_eq!(tls.client_certificates, ClientCertificates::Needed);
        assert_eq!(tls.versions(), [TlsVersion::Tls13]);
        assert_eq!(tls.suites(), CipherSuite::ALL);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "61616", "http://a:1", "tcp://a", "tcp://a:x", "tcp://:1", "tcp://a:1?x=y"]
        {
            assert!(text.parse::<Connector>().is_err(), "{text}");
        }
        for (options, said) in [
            ("enabledProtocols=TLSv1.1", "there are TLSv1.3, TLSv1.2"),
            ("needClientAut=true", "did you mean needClientAuth?"),
            ("needClientAuth=maybe", "true or false"),
        ] {
            let error = format!("ssl://a:1?{options}").parse::<Connector>().unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
