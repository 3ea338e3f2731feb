//! A broker that becomes the master and ceases to be, by a script; and the locks of a real directory and a real database.

#[cfg(feature = "sql")]
mod database;
mod directory;
mod script;

use std::{io, sync::mpsc::channel};

use tokio::io::AsyncReadExt;

use self::script::{Grant, Play};
use super::{Role, alone::Alone, mastership::Mastership};
use crate::{
    error::BrokerError,
    model::StoreError,
    store::lock::{LockError, OnDemotion},
};

fn fenced() -> StoreError {
    StoreError::Fenced { place: "here".into(), detail: "somebody has it".into() }
}

#[tokio::test]
async fn whoever_loses_a_term_is_a_slave_and_may_be_the_master_again() {
    let mut broker = Play::begin(OnDemotion::Rejoin);
    broker.decide(Grant::Wait("a"));
    broker.until_slave_of("a").await;
    broker.grant(7);
    broker.until_master(7).await;
    broker.lose("gone");
    assert!(!broker.release().await, "its turn was given back while the store was open");
    broker.decide(Grant::Wait("b"));
    broker.until_slave_of("b").await;
    broker.grant(9);
    broker.until_master(9).await;
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn a_deposed_master_cuts_its_clients_off_and_closes_its_port_and_later_opens_the_same_one() {
    let mut broker = Play::begin(OnDemotion::Rejoin);
    broker.grant(1);
    broker.until_master(1).await;
    let mut client = broker.client().await.unwrap();
    // The broker speaks first, so this one has been taken.
    assert!(client.read_u8().await.is_ok());
    broker.lose("gone");
    broker.decide(Grant::Wait("lock"));
    broker.until_slave_of("lock").await;
    let mut rest = Vec::new();
    // Cut off is either an end or a reset.
    drop(client.read_to_end(&mut rest).await);
    assert_eq!(broker.client().await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    broker.grant(2);
    broker.until_master(2).await;
    assert!(broker.client().await.unwrap().read_u8().await.is_ok());
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn a_term_that_is_lost_while_its_store_is_being_opened_is_given_back_when_the_store_is_closed()
 {
    let mut broker = Play::begin(OnDemotion::Rejoin);
    let (go_on, wait) = channel();
    let (begun, is_opening) = tokio::sync::oneshot::channel();
    let open = broker.opener();
    let slowly = move || {
        begun.send(()).unwrap();
        wait.recv().unwrap();
        open()
    };
    broker.decide(Grant::Term(1, Box::new(slowly)));
    is_opening.await.unwrap();
    broker.lose("gone");
    go_on.send(()).unwrap();
    assert!(!broker.release().await);
    broker.decide(Grant::Wait("lock"));
    broker.until_slave_of("lock").await;
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn a_store_that_another_broker_owns_is_a_lost_term_and_one_that_is_damaged_is_the_end() {
    let mut broker = Play::begin(OnDemotion::Rejoin);
    broker.decide(Grant::Term(1, Box::new(|| Err(fenced()))));
    assert!(!broker.release().await);
    let damaged = || Err(StoreError::Damaged { place: "here".into(), detail: "torn".into() });
    broker.decide(Grant::Term(2, Box::new(damaged)));
    let role = broker.until(|role| matches!(role, Role::Failed { .. })).await;
    assert_eq!(role.to_string(), "failed: the store at here is damaged: torn");
    assert!(!broker.release().await);
    assert!(matches!(broker.stop().await, Err(BrokerError::Store(_))));
}

fn full() -> StoreError {
    StoreError::Full { place: "here".into(), detail: "no space left on device".into() }
}

#[tokio::test]
async fn a_slave_whose_turn_finds_no_room_waits_for_some_and_others_may_go_first() {
    let mut broker = Play::begin(OnDemotion::Rejoin);
    broker.decide(Grant::Wait("lock"));
    broker.until_slave_of("lock").await;
    broker.decide(Grant::Term(1, Box::new(|| Err(full()))));
    assert!(!broker.release().await);
    let cannot_count = io::Error::from(io::ErrorKind::StorageFull);
    let cannot_count = LockError::Io { path: "generation".into(), source: cannot_count };
    broker.decide(Grant::Refuse(cannot_count.into()));
    assert!(!broker.release().await);
    broker.grant(3);
    broker.until_master(3).await;
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn a_slave_that_waits_for_room_can_be_stopped() {
    let mut broker = Play::begin(OnDemotion::Rejoin);
    broker.decide(Grant::Wait("lock"));
    broker.decide(Grant::Term(1, Box::new(|| Err(full()))));
    assert!(!broker.release().await);
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn a_broker_that_starts_alone_and_finds_no_room_ends_and_says_so() {
    let mut broker = Play::begin(OnDemotion::Rejoin);
    broker.decide(Grant::Term(1, Box::new(|| Err(full()))));
    let role = broker.until(|role| matches!(role, Role::Failed { .. })).await;
    assert_eq!(role.to_string(), "failed: the store at here is full: no space left on device");
    assert!(broker.stop().await.is_err());
}

#[tokio::test]
async fn whoever_is_told_to_end_when_it_is_deposed_says_why() {
    let mut broker = Play::begin(OnDemotion::Exit);
    broker.grant(1);
    broker.until_master(1).await;
    broker.lose("the lock file was deleted");
    let role = broker.until(|role| matches!(role, Role::Failed { .. })).await;
    assert!(role.to_string().ends_with("the lock file was deleted"), "{role}");
    assert!(!broker.release().await);
    assert!(matches!(broker.stop().await, Err(BrokerError::Demoted(_))));
}

#[tokio::test]
async fn a_lock_that_cannot_be_looked_at_can_be_the_end() {
    let mut broker = Play::begin(OnDemotion::Rejoin);
    broker.grant(1);
    broker.until_master(1).await;
    broker.losses.send(Err(fenced().into())).unwrap();
    broker.until(|role| matches!(role, Role::Failed { .. })).await;
    assert!(!broker.release().await);
    assert!(broker.stop().await.is_err());
}

#[tokio::test]
async fn a_slave_that_is_asked_to_stop_ends_in_order_and_gives_back_what_it_has() {
    let mut broker = Play::begin(OnDemotion::Rejoin);
    broker.decide(Grant::Wait("lock"));
    broker.until_slave_of("lock").await;
    broker.stop().await.unwrap();
}

#[tokio::test]
async fn waiting_for_a_turn_that_cannot_come_ends_the_broker() {
    let mut broker = Play::begin(OnDemotion::Rejoin);
    broker.decide(Grant::Refuse(fenced().into()));
    broker.until(|role| matches!(role, Role::Failed { .. })).await;
    assert!(broker.stop().await.is_err());
}

#[tokio::test]
async fn a_broker_without_a_lock_is_refused_a_store_that_somebody_else_has_open() {
    let mut alone = Alone::new(|| Err(fenced()));
    let term = alone.acquire(&|holder| panic!("waits for {holder}")).await.unwrap();
    let refused = (term.open)().err().unwrap();
    assert!(matches!(refused, StoreError::Unsupported { .. }), "{refused}");
    assert!(refused.to_string().contains("somebody has it"), "{refused}");
}
