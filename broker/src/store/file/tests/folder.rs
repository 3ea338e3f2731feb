//! What is in the folder when a store is opened, and what becomes of it.

use super::*;

fn refused(options: FileStoreOptions) -> String {
    let refused = options.open().unwrap_err();
    assert!(matches!(refused, StoreError::Unsupported { .. }), "{refused}");
    refused.to_string()
}

#[test]
fn a_folder_of_an_activemq_is_refused_untouched() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("db-1.log"), "journal").unwrap();
    assert!(refused(options(dir.path())).contains("db-1.log"));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_store_of_an_earlier_release_is_refused_with_what_to_do() {
    let dir = TempDir::new().unwrap();
    std::fs::create_dir(dir.path().join("store")).unwrap();
    std::fs::write(dir.path().join("store/version"), "3").unwrap();
    for options in [options(dir.path()), options(dir.path()).create(true)] {
        let refused = refused(options);
        assert!(refused.contains("earlier release") && refused.contains("--create-store"));
    }
    std::fs::rename(dir.path().join("store"), dir.path().join("old")).unwrap();
    recovered(dir.path()).close().unwrap();
}

#[test]
fn a_newer_format_is_refused() {
    let dir = TempDir::new().unwrap();
    recovered(dir.path()).close().unwrap();
    let path = dir.path().join("messages/checkpoint");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[8] = 4;
    let hash = xxhash_rust::xxh3::xxh3_64_with_seed(&bytes[..48], 0);
    bytes[48..56].copy_from_slice(&hash.to_le_bytes());
    std::fs::write(path, bytes).unwrap();
    assert!(refused(options(dir.path())).contains("format is 4"));
    assert!(examine(dir.path()).unwrap_err().to_string().contains("format is 4"));
}

#[test]
fn a_creation_that_was_cut_short_is_started_over() {
    let dir = TempDir::new().unwrap();
    std::fs::create_dir_all(dir.path().join("messages.new")).unwrap();
    std::fs::write(dir.path().join("messages.new/checkpoint"), "half").unwrap();
    std::fs::write(dir.path().join("lock"), "").unwrap();
    recovered(dir.path()).commit(&synced(vec![add(1, 1)])).unwrap();
    assert_eq!(sequences(&mut recovered(dir.path())), [1]);
    assert!(!dir.path().join("messages.new").exists());
}

#[test]
fn one_folder_is_open_once() {
    let dir = TempDir::new().unwrap();
    let _first = open(dir.path());
    let refused = options(dir.path()).open().unwrap_err();
    assert!(matches!(refused, StoreError::Fenced { .. }), "{refused}");
    let refused = examine(dir.path()).unwrap_err();
    assert!(refused.to_string().contains("a broker is running on it"), "{refused}");
}

/// A folder that was not mounted, or moved away, looked like a new one: the broker began with an
/// empty store, and nobody missed the old one before its messages were missed.
#[test]
fn a_folder_that_a_broker_has_used_gets_no_empty_store_unless_the_operator_says_so() {
    for trace in ["lock", "generation"] {
        let dir = TempDir::new().unwrap();
        std::fs::write(dir.path().join(trace), "1\n").unwrap();
        assert_eq!(look(dir.path()).unwrap(), None);
        assert!(refused(options(dir.path())).contains("--create-store"));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "untouched");
        let mut store = options(dir.path()).create(true).open().unwrap();
        store.recover().unwrap();
        store.commit(&synced(vec![add(1, 1)])).unwrap();
        drop(store);
        assert_eq!(sequences(&mut recovered(dir.path())), [1]);
        // Where there is a store the word changes nothing.
        let mut store = options(dir.path()).create(true).open().unwrap();
        store.recover().unwrap();
        assert_eq!(sequences(&mut store), [1]);
    }
}

#[test]
fn a_new_folder_is_marked_before_its_lock_is_there_so_that_it_may_have_a_store() {
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join("new");
    assert_eq!(look(&folder).unwrap(), None);
    std::fs::write(folder.join("lock"), "").unwrap();
    std::fs::write(folder.join("generation"), "1\n").unwrap();
    assert_eq!(look(&folder).unwrap(), None);
    recovered(&folder).close().unwrap();
    let known = look(&folder).unwrap();
    assert!(known.is_some() && look_again(&folder) == known);
}

#[test]
fn whoever_has_seen_a_store_accepts_no_other_and_no_empty_one() {
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    recovered(one.path()).close().unwrap();
    recovered(other.path()).close().unwrap();
    let seen = look(one.path()).unwrap();
    options(one.path()).expecting(seen).open().unwrap();
    std::fs::remove_dir_all(one.path().join("messages")).unwrap();
    let gone = refused(options(one.path()).expecting(seen).create(true));
    assert!(gone.contains("is gone"), "{gone}");
    std::fs::rename(other.path().join("messages"), one.path().join("messages")).unwrap();
    let changed = refused(options(one.path()).expecting(seen));
    assert!(changed.contains("not the store that was there"), "{changed}");
}

fn shared(dir: &Path, keep_alive: Duration) -> FileStore {
    let ownership = SharedDirectory::new(dir).try_acquire().unwrap().unwrap();
    let mut store = options(dir).shared(ownership, keep_alive).open().unwrap();
    store.recover().unwrap();
    store
}

#[test]
fn a_master_whose_lock_is_gone_confirms_nothing() {
    let dir = TempDir::new().unwrap();
    let mut store = shared(dir.path(), Duration::ZERO);
    store.commit(&synced(vec![add(1, 10)])).unwrap();
    std::fs::remove_file(dir.path().join("lock")).unwrap();
    let fenced = store.commit(&synced(vec![add(2, 10)])).unwrap_err();
    assert!(matches!(fenced, StoreError::Fenced { .. }), "{fenced}");
    assert!(store.close().is_err());
    drop(store);
    assert_eq!(sequences(&mut recovered(dir.path())), [1]);
}

#[test]
fn the_lock_is_checked_once_per_keep_alive_period() {
    let dir = TempDir::new().unwrap();
    let mut store = shared(dir.path(), Duration::from_secs(3600));
    std::fs::remove_file(dir.path().join("lock")).unwrap();
    store.commit(&synced(vec![add(1, 10)])).unwrap();
    // The orderly end is never left to a stale check.
    assert!(matches!(store.close(), Err(StoreError::Fenced { .. })));
}

#[test]
fn nothing_is_confirmed_into_a_store_that_was_moved_away() {
    let dir = TempDir::new().unwrap();
    let mut store = shared(dir.path(), Duration::ZERO);
    store.commit(&synced(vec![add(1, 10)])).unwrap();
    let presence = store.presence().unwrap();
    assert_eq!(presence.lost(), None);
    std::fs::rename(dir.path().join("messages"), dir.path().join("elsewhere")).unwrap();
    assert!(presence.lost().unwrap().contains("moved or deleted"));
    std::fs::create_dir(dir.path().join("messages")).unwrap();
    assert!(presence.lost().unwrap().contains("another folder"));
    let fenced = store.commit(&synced(vec![add(2, 10)])).unwrap_err();
    assert!(fenced.to_string().contains("moved or deleted"), "{fenced}");
}

#[test]
fn nothing_is_confirmed_into_deleted_files() {
    let dir = TempDir::new().unwrap();
    let mut store = shared(dir.path(), Duration::from_secs(3600));
    store.commit(&synced(vec![add(1, 10)])).unwrap();
    std::fs::remove_dir_all(dir.path().join("messages")).unwrap();
    let failed = store.commit(&synced(vec![add(2, 10)])).unwrap_err();
    assert!(failed.to_string().contains("deleted"), "{failed}");
    assert!(failed.is_final());
}

#[test]
fn nothing_is_taken_after_the_end_or_before_the_beginning() {
    let dir = TempDir::new().unwrap();
    let mut store = open(dir.path());
    assert!(matches!(store.commit(&synced(vec![add(1, 1)])), Err(StoreError::Io { .. })));
    store.recover().unwrap();
    assert!(matches!(store.recover(), Err(StoreError::Io { .. })));
    store.close().unwrap();
    assert!(matches!(store.commit(&synced(vec![add(1, 1)])), Err(StoreError::Io { .. })));
    assert!(matches!(store.close(), Err(StoreError::Io { .. })));
    // Its locks are free although it still lives.
    recovered(dir.path()).close().unwrap();
}

#[test]
fn a_limit_that_leaves_no_room_to_work_is_refused() {
    let dir = TempDir::new().unwrap();
    assert!(refused(options(dir.path()).limit_bytes(LEAST_LIMIT_BYTES - 1)).contains("16 MiB"));
    options(dir.path()).limit_bytes(LEAST_LIMIT_BYTES).open().unwrap();
}
