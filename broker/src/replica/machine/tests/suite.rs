//! The Raft library's own suite, on our log and our state machine.

use openraft::testing::{StoreBuilder, Suite};

use super::*;
use crate::replica::{
    casualty::Casualty,
    log::{Journal, LogStore},
    types::{Kind, StorageError},
};

struct OnSimulatedDisks;

impl StoreBuilder<Kind, LogStore, Machine> for OnSimulatedDisks {
    async fn build(&self) -> Result<((), LogStore, Machine), StorageError> {
        let disk = shared(&SimulatedDisk::default());
        let journal = Journal::open(disk.clone(), 1 << 20).unwrap();
        let machine = Machine::new(Shared::new(contents(&disk)), Casualty::default());
        Ok(((), LogStore::new(journal, Casualty::default()), machine))
    }
}

#[test]
fn log_and_machine_do_what_the_library_asks_of_them() {
    Suite::test_all(OnSimulatedDisks).unwrap();
}
