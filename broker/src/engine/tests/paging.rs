//! What waits in the store comes back, whatever arrives meanwhile.

use super::rig::{Rig, queued};
use crate::{
    engine::Settings,
    model::{Container, ContainerSummary, Recovered},
};

/// A message that came in while a last, empty page was being read stayed in the store until the
/// next start of the broker: later ones overtook it. Found by killing a broker a hundred times.
#[test]
fn a_message_that_comes_in_while_the_last_page_is_read_is_not_left_in_the_store() {
    let queue = ContainerSummary { container: Container::Queue("q".to_owned()), count: 1 };
    let recovered = Recovered {
        containers: vec![queue],
        last_sequence: 5,
        clean: true,
        ..Recovered::default()
    };
    let mut rig = Rig::with(Settings::default(), recovered);
    rig.slow_pages = true;
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    rig.consumer(&peer, "q", 10);
    assert_eq!(rig.pages.len(), 1, "the queue is read for its first consumer");
    rig.request(peer.link, queued(&producer, 1)).unwrap();
    rig.answer_pages();
    rig.answer_pages();
    rig.request(peer.link, queued(&producer, 2)).unwrap();
    rig.answer_pages();
    assert_eq!(rig.numbers(), [1, 2]);
}
