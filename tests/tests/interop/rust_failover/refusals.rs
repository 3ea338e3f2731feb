//! Brokers that refuse the login, at the start and later, and one that says nothing.

use std::time::Duration;

use anyhow::{Result, ensure};
use relaismq::Event;
use relaismq_tests::activemq::ActiveMq;
use relaismq_tests::ports;
use tempfile::tempdir;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::brokers::{SOON, builder, is_resumed, until};

/// Java's client asked the first broker for ever: it had accepted, and that counted as a success.
#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_silent_broker_and_one_that_refuses_the_login_do_not_keep_from_the_third() -> Result<()> {
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let refusing = ActiveMq::new().login("app", "other").start().await?;
    let serving = ActiveMq::new().login("app", "secret").start().await?;
    let (quiet, refuses, serves) =
        (format!("tcp://{}", silent.local_addr()?), refusing.url()?, serving.url()?);
    let url = format!("failover:({quiet},{refuses},{serves})?randomize=false");
    let connecting = builder(&url).credentials("app", "secret");
    let connection = connecting.connect_in_background()?;
    let mut events = connection.events();
    let mut story = Vec::new();
    let connected = async {
        while let Some(event) = events.recv().await {
            story.push(event);
            if matches!(story.last(), Some(Event::Connected { .. })) {
                break;
            }
        }
    };
    timeout(Duration::from_secs(2), connected).await?;
    let reason = |of: &str| {
        story.iter().find_map(|event| match event {
            Event::Failed { broker, reason } if broker.to_string() == of => Some(reason.clone()),
            _ => None,
        })
    };
    let told = (reason(&quiet), reason(&refuses));
    let (Some(quiet), Some(refuses)) = told else { panic!("{story:?}") };
    ensure!(quiet.contains("no answer"), "{quiet}");
    ensure!(
        refuses.contains("login refused") && refuses.contains("SecurityException"),
        "{refuses}"
    );
    Ok(())
}

/// Java's client announced each refused login as interrupted and resumed, ten times in 20 s.
#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn credentials_that_are_revoked_end_the_connection_when_they_are_refused_twice() -> Result<()>
{
    let (directory, port) = (tempdir()?, ports::free()?);
    let broker = ActiveMq::new().directory(directory.path()).port(port);
    let mut server = broker.clone().login("app", "secret").start().await?;
    let url = format!("failover:({})?maxReconnectDelay=200", server.url()?);
    let connection = builder(&url).credentials("app", "secret").connect().await?;
    let mut events = connection.events();
    server.kill().await?;
    let _server = broker.login("app", "changed").start().await?;
    let mut refusals = 0;
    let ended = until(&mut events, SOON, |event| {
        refusals += usize::from(
            matches!(event, Event::Failed { reason, .. } if reason.contains("login refused")),
        );
        assert!(!is_resumed(event));
        matches!(event, Event::Closed { .. })
    });
    let Event::Closed { reason: Some(reason) } = ended.await? else { panic!("no reason") };
    ensure!(reason.contains("SecurityException"), "{reason}");
    ensure!(refusals <= 1, "{refusals} refusals and the last one");
    Ok(())
}
