//! `ssl://` against brokers whose TLS each test arranges.

#[allow(dead_code, unreachable_pub, reason = "the tests with real brokers use it too")]
mod authority;
mod certificates;
mod closing;
mod files;
mod ports;
mod proof;
mod renewal;
mod server;

use relaismq::options::TlsOptions;
use relaismq::{BrokerFailure, ConnectError, Connection, Event, Events, State};

use self::authority::Authority;
use self::server::{Demands, TlsBroker};
use crate::broker::soon;

/// A broker with a certificate of this CA for its address.
async fn good_broker(authority: &Authority) -> TlsBroker {
    TlsBroker::bind(&authority.issue("broker", &["127.0.0.1"]), &Demands::default()).await
}

/// A connection that is allowed to come about.
async fn connected(address: &str, tls: TlsOptions) -> Connection {
    let uri = format!("failover:({address})");
    soon(Connection::builder(uri).tls(tls).connect()).await.unwrap_or_else(|it| panic!("{it}"))
}

/// Why the only broker cannot be used as things are. It is tried once.
async fn refused(address: &str, tls: TlsOptions) -> String {
    let uri = format!("failover:({address})");
    let connection = Connection::builder(uri).tls(tls).connect_in_background().unwrap();
    let mut events = connection.events();
    let mut attempts = 0;
    let ended = async {
        while let Some(event) = events.recv().await {
            attempts += u32::from(matches!(event, Event::Connecting { .. }));
        }
    };
    soon(ended).await;
    assert!(attempts <= 1, "it was tried again");
    let builder = Connection::builder(format!("failover:({address})"));
    let options = connection.options().clone();
    match soon(builder.configure(|_| options).connect()).await {
        Err(ConnectError::Unusable(brokers)) => {
            let [BrokerFailure { broker, reason }] = brokers.as_slice() else {
                panic!("{brokers:?}")
            };
            assert!(address.ends_with(&broker.port().to_string()));
            reason.clone()
        }
        other => panic!("{other:?}"),
    }
}

/// The first failure of a broker that is tried again.
async fn failed_once(uri: &str, tls: TlsOptions) -> String {
    let connection = Connection::builder(uri).tls(tls).connect_in_background().unwrap();
    let mut events = connection.events();
    let reason = failure(&mut events).await;
    assert!(!matches!(connection.state(), State::Closed { .. }), "it was given up");
    reason
}

async fn failure(events: &mut Events) -> String {
    loop {
        match soon(events.recv()).await.expect("more events") {
            Event::Failed { reason, .. } => return reason,
            Event::Connected { .. } => panic!("connected"),
            _ => {}
        }
    }
}

/// Fails unless all words stand in the text.
fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is missing: {text}");
    }
}
