//! The end of a connection over TLS.

use relaismq::options::{TlsOptions, TlsVersion};

use super::authority::Authority;
use super::{connected, good_broker};
use crate::closing::closes_when_the_broker_has_read;

#[tokio::test]
async fn a_broker_that_reads_late_gets_everything_over_both_versions() {
    let authority = Authority::new("Test CA");
    for version in TlsVersion::ALL {
        let broker = good_broker(&authority).await;
        let tls = TlsOptions::new().ca_file(authority.file()).enabled_protocols(vec![version]);
        let address = broker.address();
        let (connection, peer) = tokio::join!(connected(&address, tls), broker.accept_login());
        closes_when_the_broker_has_read(connection, peer).await;
    }
}
