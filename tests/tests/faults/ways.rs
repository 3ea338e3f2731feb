//! A broker and four ways to it, two of them over TLS.

use std::path::PathBuf;

use anyhow::{Context, Result};
use relaismq_tests::ports;
use relaismq_tests::proxy::Proxy;
use relaismq_tests::relais::Relais;
use relaismq_tests::server::Server;
use tempfile::{TempDir, tempdir};

use crate::secure::Secure;

pub(crate) struct Ways {
    relais: Relais,
    broker: Option<Server>,
    ways: Vec<Way>,
    _directory: TempDir,
}

pub(crate) struct Way {
    pub(crate) proxy: Proxy,
    /// Before the proxy.
    pub(crate) secure: Option<Secure>,
}

impl Ways {
    pub(crate) async fn start() -> Result<Self> {
        let directory = tempdir()?;
        let relais = Relais::new().directory(directory.path()).port(ports::free()?);
        let broker = relais.start().await?;
        let mut ways = Vec::new();
        for over_tls in [false, true, false, true] {
            let proxy = Proxy::start(&broker.url()?).await?;
            let secure = if over_tls { Some(Secure::start(proxy.port()).await?) } else { None };
            ways.push(Way { proxy, secure });
        }
        Ok(Self { relais, broker: Some(broker), ways, _directory: directory })
    }

    pub(crate) fn broker_url(&self) -> Result<String> {
        self.broker.as_ref().context("it is down")?.url()
    }

    pub(crate) const fn len(&self) -> usize {
        self.ways.len()
    }

    pub(crate) fn way(&mut self, number: usize) -> &mut Way {
        let count = self.ways.len();
        &mut self.ways[number % count]
    }

    /// Where a client goes.
    pub(crate) fn url(&self, number: usize) -> String {
        let way = &self.ways[number % self.ways.len()];
        let address = way.secure.as_ref().map_or_else(|| way.proxy.url(), Secure::url);
        format!("failover:({address})?initialReconnectDelay=10&maxReconnectDelay=200")
    }

    /// The authority whose certificate a client trusts.
    pub(crate) fn ca_file(&self, number: usize) -> Option<PathBuf> {
        self.ways[number % self.ways.len()].secure.as_ref().map(Secure::ca_file)
    }

    pub(crate) async fn kill_and_start(&mut self) -> Result<()> {
        self.broker.take().context("it is down")?.kill().await?;
        self.broker = Some(self.relais.start().await?);
        Ok(())
    }

    pub(crate) async fn mend(&mut self) -> Result<()> {
        for way in &mut self.ways {
            way.mend().await?;
        }
        Ok(())
    }
}

impl Way {
    pub(crate) async fn mend(&mut self) -> Result<()> {
        self.proxy.pass();
        if let Some(secure) = &self.secure {
            secure.show_wrong(false);
        }
        self.proxy.accept().await
    }
}
