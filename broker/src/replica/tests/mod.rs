//! Brokers that keep the same messages, in one process, over real sockets: who leads, what is confirmed, and what
//! becomes of those that were away.

mod cluster;
mod relay;
mod simulation;

use self::cluster::{Cluster, message, numbers};
use super::Standing;
use crate::{
    model::{Batch, Change},
    store::{Store as _, StoreError},
};

#[test]
fn one_of_three_leads_and_what_it_confirms_is_in_all_stores() {
    let cluster = Cluster::start(3);
    let master = cluster.master();
    cluster.send(master, 1..=20);
    for node in 0..3 {
        cluster.until_in_store(node, 1..=20);
    }
    let masters = (0..3).filter(|&node| matches!(cluster.standing(node), Standing::Master { .. }));
    assert_eq!(masters.count(), 1);
}

#[test]
fn a_leader_that_is_gone_is_replaced_and_nothing_confirmed_is_missing() {
    let mut cluster = Cluster::start(3);
    let first = cluster.master();
    cluster.send(first, 1..=10);
    cluster.stop(first);
    let second = cluster.master();
    assert_ne!(first, second);
    assert_eq!(numbers(&mut cluster.store(second)), (1..=10).collect::<Vec<_>>());
    cluster.send(second, 11..=20);
    cluster.restart(first);
    cluster.until_in_store(first, 1..=20);
}

/// Prepared transactions are remembered so. A new master found none of them.
#[test]
fn what_is_remembered_by_a_name_is_agreed_upon_and_the_logs_own_is_not_shown() {
    let mut cluster = Cluster::start(3);
    let first = cluster.master();
    let name = || "xa:1".to_owned();
    let mark = |bytes: &'static str| {
        let changes = vec![Change::Mark { name: name(), bytes: bytes.into() }];
        Batch { changes, sync: true }
    };
    cluster.store(first).commit(&[mark("branch")]).unwrap();
    cluster.stop(first);
    let second = cluster.master();
    assert_eq!(cluster.store(second).recover().unwrap().marks, [(name(), "branch".into())]);
    cluster.store(second).commit(&[mark("")]).unwrap();
    assert_eq!(cluster.store(second).recover().unwrap().marks, []);
}

#[test]
fn a_leader_that_is_cut_off_is_no_master_and_confirms_nothing() {
    let cluster = Cluster::start(3);
    let first = cluster.master();
    cluster.send(first, 1..=5);
    let mut store = cluster.store(first);
    cluster.isolate(first);
    let refused = store.commit(&[message(6)]).unwrap_err();
    assert!(matches!(refused, StoreError::Unknown { .. } | StoreError::Fenced { .. }), "{refused}");
    cluster.until(first, |standing| !matches!(standing, Standing::Master { .. }));
    assert!(matches!(store.commit(&[message(7)]).unwrap_err(), StoreError::Fenced { .. }));
    let second = cluster.master();
    assert_ne!(first, second);
    cluster.send(second, 8..=9);
    cluster.heal();
    cluster.until(first, |standing| matches!(standing, Standing::Slave { .. }));
    // What was unknown may be there or not, but it is the same everywhere.
    let settled = cluster.until_equal();
    assert!(
        settled.iter().filter(|number| **number != 6).eq([1, 2, 3, 4, 5, 8, 9].iter()),
        "{settled:?}"
    );
}

#[test]
fn without_a_majority_nothing_is_confirmed_and_all_is_there_when_it_is_back() {
    let mut cluster = Cluster::start(3);
    let first = cluster.master();
    cluster.send(first, 1..=5);
    let others: Vec<usize> = (0..3).filter(|&node| node != first).collect();
    cluster.stop(others[0]);
    cluster.send(first, 6..=10);
    cluster.stop(others[1]);
    let mut store = cluster.store(first);
    assert!(store.commit(&[message(11)]).is_err());
    cluster.until(first, |standing| *standing == Standing::Electing);
    cluster.restart(others[0]);
    let master = cluster.master();
    cluster.send(master, 12..=15);
    cluster.restart(others[1]);
    let settled = cluster.until_equal();
    let known: Vec<u64> = settled.iter().copied().filter(|number| *number != 11).collect();
    assert_eq!(known, (1..=10).chain(12..=15).collect::<Vec<_>>());
}

#[test]
fn who_was_away_for_long_gets_a_snapshot() {
    let mut cluster = Cluster::start(3);
    let master = cluster.master();
    let away = (master + 1) % 3;
    cluster.send(master, 1..=3);
    cluster.until_in_store(away, 1..=3);
    cluster.stop(away);
    cluster.send_large(master, 4..=200);
    cluster.until_log_is_dropped(master);
    cluster.restart(away);
    cluster.until_in_store(away, 1..=200);
    cluster.send(master, 201..=205);
    cluster.until_in_store(away, 1..=205);
}

#[test]
fn who_has_lost_its_disk_comes_back_as_another_and_counts_again() {
    let mut cluster = Cluster::start(3);
    let master = cluster.master();
    let lost = (master + 1) % 3;
    cluster.send(master, 1..=10);
    cluster.until_in_store(lost, 1..=10);
    let before = cluster.id(lost);
    cluster.stop(lost);
    cluster.wipe(lost);
    cluster.restart(lost);
    assert_ne!(cluster.id(lost), before);
    cluster.until_in_store(lost, 1..=10);
    cluster.until_member(lost);
    // It makes a majority with the master now.
    cluster.stop((master + 2) % 3);
    let master = cluster.master();
    cluster.send(master, 11..=20);
    cluster.until_in_store(lost, 1..=20);
}

#[test]
fn who_finds_damage_puts_it_aside_and_gets_everything_anew() {
    let mut cluster = Cluster::start(3);
    let master = cluster.master();
    let damaged = (master + 1) % 3;
    for number in 1..=10 {
        cluster.send(master, number..=number);
    }
    cluster.until_in_store(damaged, 1..=10);
    let before = cluster.id(damaged);
    cluster.stop(damaged);
    cluster.damage_log(damaged);
    cluster.restart(damaged);
    assert_ne!(cluster.id(damaged), before);
    cluster.until_in_store(damaged, 1..=10);
    assert!(cluster.has(damaged, "log.damaged-1"), "what was damaged is kept for people");
}

#[test]
fn who_does_not_know_the_token_is_not_listened_to() {
    let mut cluster = Cluster::start(3);
    let master = cluster.master();
    let stranger = (master + 1) % 3;
    cluster.stop(stranger);
    cluster.wipe(stranger);
    cluster.change_token(stranger);
    cluster.restart(stranger);
    cluster.send(master, 1..=5);
    cluster.until_in_store((master + 2) % 3, 1..=5);
    assert_eq!(numbers(&mut cluster.store(stranger)), [0; 0]);
    assert_eq!(cluster.standing(stranger), Standing::Electing);
}
