//! The lock of a directory, taken and lost.

use std::{fs, path::Path, sync::Mutex, time::Duration};

use tokio::{sync::watch, time::timeout};

use crate::{
    config::{StoreConfig, StoreOptions},
    error::BrokerError,
    model::Prioritized,
    node::{
        mastership::{Mastership, Term},
        mastership_of,
    },
    store::{
        Store,
        lock::{LockError, LockOptions},
    },
};

/// Longest wait for what should take a moment.
const SOON: Duration = Duration::from_secs(10);

fn options() -> LockOptions {
    LockOptions { acquire_interval: Some(Duration::from_millis(1)), ..LockOptions::default() }
}

fn of(folder: &Path, lock: LockOptions) -> Box<dyn Mastership> {
    mastership_of(
        &StoreConfig::File(folder.into()),
        StoreOptions::default(),
        lock,
        ("test", &[]),
        &Prioritized::default(),
        watch::Sender::new(None),
    )
}

/// Without having to wait.
async fn take(mastership: &mut dyn Mastership) -> Result<Term, BrokerError> {
    let waits = |holder| panic!("waits for {holder}");
    timeout(SOON, mastership.acquire(&waits)).await.expect("in time")
}

fn open(term: Term) -> (u64, Box<dyn Store>) {
    let mut store = (term.open)().unwrap();
    store.recover().unwrap();
    (term.number, store)
}

async fn refused(mastership: &mut dyn Mastership) -> String {
    take(mastership).await.unwrap_err().to_string()
}

#[tokio::test]
async fn who_waits_is_told_for_whom_and_gets_the_directory_when_the_master_gives_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let (mut first, mut second) = (of(folder.path(), options()), of(folder.path(), options()));
    let (number, store) = open(take(&mut *first).await.unwrap());
    assert_eq!(number, 1);
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let waiting = tokio::spawn(async move {
        let tell = Mutex::new(tell);
        let waits = |holder| tell.lock().unwrap().send(holder).unwrap();
        second.acquire(&waits).await.unwrap().number
    });
    let holder = timeout(SOON, told.recv()).await.unwrap().unwrap();
    assert_eq!(holder.lock, folder.path().join("lock").display().to_string());
    drop(store);
    first.release().await;
    assert_eq!(timeout(SOON, waiting).await.unwrap().unwrap(), 2);
}

#[tokio::test]
async fn a_master_without_its_lock_file_has_lost_its_term_and_can_have_another_one() {
    let folder = tempfile::tempdir().unwrap();
    let keep_alive = Some(Duration::from_millis(1));
    let mut broker = of(folder.path(), LockOptions { keep_alive, ..options() });
    let (_, store) = open(take(&mut *broker).await.unwrap());
    fs::remove_file(folder.path().join("lock")).unwrap();
    let why = timeout(SOON, broker.lost()).await.unwrap().unwrap();
    assert!(why.contains("the lock file was deleted or replaced"), "{why}");
    drop(store);
    broker.release().await;
    let term = timeout(SOON, broker.acquire(&|_| {})).await.unwrap().unwrap();
    assert_eq!(open(term).0, 2);
}

/// A master that is paused keeps its store open, and may write when it goes on.
#[tokio::test]
async fn a_directory_whose_store_is_still_open_is_not_taken_though_its_lock_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let (mut first, mut second) = (of(folder.path(), options()), of(folder.path(), options()));
    let (_, store) = open(take(&mut *first).await.unwrap());
    fs::remove_file(folder.path().join("lock")).unwrap();
    let (tell, told) = tokio::sync::oneshot::channel();
    let waiting = tokio::spawn(async move {
        let tell = Mutex::new(Some(tell));
        let waits =
            |_| tell.lock().unwrap().take().into_iter().for_each(|tell| tell.send(()).unwrap());
        second.acquire(&waits).await.unwrap().number
    });
    timeout(SOON, told).await.unwrap().unwrap();
    assert!(!waiting.is_finished());
    drop(store);
    assert_eq!(timeout(SOON, waiting).await.unwrap().unwrap(), 2);
}

#[tokio::test]
async fn whoever_is_not_to_wait_is_told_that_the_lock_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = of(folder.path(), options());
    let _term = take(&mut *first).await.unwrap();
    let mut second = of(folder.path(), LockOptions { fail_if_locked: true, ..options() });
    let refused = take(&mut *second).await.unwrap_err();
    assert!(
        matches!(&refused, BrokerError::Lock(error) if matches!(**error, LockError::Locked(_)))
    );
    assert!(refused.to_string().contains("failIfLocked"), "{refused}");
}

#[tokio::test]
async fn without_a_lock_none_is_made_and_an_open_store_is_refused_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let unlocked = LockOptions { use_lock: false, ..options() };
    let (mut first, mut second) = (of(folder.path(), unlocked), of(folder.path(), unlocked));
    let (_, _store) = open(take(&mut *first).await.unwrap());
    assert!(!folder.path().join("lock").exists());
    let term = take(&mut *second).await.unwrap();
    let refused = (term.open)().err().unwrap().to_string();
    assert!(refused.contains("another process has it open"), "{refused}");
}

/// ActiveMQ has the lock for as long as it runs, and its files when it does not: neither is waited for.
#[tokio::test]
async fn a_folder_with_kahadb_files_is_refused_at_once_and_left_as_it_is() {
    for file in ["db-1.log", "db.data"] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(file), "of an ActiveMQ").unwrap();
        let said = refused(&mut *of(folder.path(), options())).await;
        assert!(said.contains("KahaDB") && said.contains(file), "{said}");
        let unlocked = LockOptions { use_lock: false, ..options() };
        let term = take(&mut *of(folder.path(), unlocked)).await.unwrap();
        let said = (term.open)().err().unwrap().to_string();
        assert!(said.contains("KahaDB") && said.contains(file), "{said}");
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
}

#[tokio::test]
async fn a_folder_that_has_gone_is_not_made_again_by_whoever_was_its_master() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    let mut broker = of(&folder, options());
    let (_, store) = open(take(&mut *broker).await.unwrap());
    fs::rename(&folder, parent.path().join("elsewhere")).unwrap();
    drop(store);
    broker.release().await;
    let refused = timeout(SOON, broker.acquire(&|_| {})).await.unwrap().unwrap_err().to_string();
    assert!(refused.contains("has gone") && !folder.exists(), "{refused}");
}

/// The store was made by this very broker: it has seen it all the same.
#[tokio::test]
async fn a_store_that_was_replaced_is_refused_by_whoever_was_its_master() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut broker = of(folder.path(), options());
    for (mastership, dir) in [(&mut of(other.path(), options()), &other), (&mut broker, &folder)] {
        drop(open(take(&mut **mastership).await.unwrap()));
        mastership.release().await;
        assert!(dir.path().join("messages").is_dir());
    }
    fs::remove_dir_all(folder.path().join("messages")).unwrap();
    fs::rename(other.path().join("messages"), folder.path().join("messages")).unwrap();
    let term = timeout(SOON, broker.acquire(&|_| {})).await.unwrap().unwrap();
    let refused = (term.open)().err().unwrap().to_string();
    assert!(refused.contains("not the store that was there"), "{refused}");
}
