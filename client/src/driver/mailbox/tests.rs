//! What an application finds in its mailbox.

use relaismq_openwire::Message;

use super::*;

fn delivery(number: u64) -> Delivery {
    Delivery {
        number,
        epoch: Epoch(1),
        message: Arc::default(),
        redelivery_counter: 0,
        redelivered: false,
    }
}

fn mailbox(count: u64) -> Arc<Mailbox> {
    let mailbox = Mailbox::new(SessionKey(1), Arc::default(), true);
    mailbox.opened(ConsumerKey(5));
    for number in 1..=count {
        mailbox.deliver(&mut vec![delivery(number)]);
    }
    mailbox
}

fn take(mailbox: &Arc<Mailbox>) -> Option<u64> {
    match mailbox.poll_take(Taking::AtOnce, None) {
        Poll::Ready(Ok(delivery)) => Some(delivery.number),
        _ => None,
    }
}

fn taken(mailbox: &Mailbox) -> Option<(Epoch, u64)> {
    mailbox.take_report()?.taken
}

#[test]
fn reports_once_for_all_that_was_taken_since() {
    let mailbox = mailbox(3);
    assert_eq!((take(&mailbox), take(&mailbox)), (Some(1), Some(2)));
    assert_eq!(mailbox.bell.take_reported().len(), 1);
    assert_eq!(taken(&mailbox), Some((Epoch(1), 2)));
    assert_eq!(take(&mailbox), Some(3));
    assert_eq!(mailbox.bell.take_reported().len(), 1);
}

#[test]
fn a_batch_is_taken_with_one_note_and_what_is_only_looked_for_stays() {
    let mailbox = mailbox(3);
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(mailbox.poll_any(&mut context), Poll::Ready(Ok(())));
    assert_eq!(mailbox.seen(), None);
    let numbers = |taken: Vec<Delivery>| taken.iter().map(|it| it.number).collect::<Vec<_>>();
    assert_eq!(numbers(mailbox.take_many(Taking::AtOnce, 2)), [1, 2]);
    assert_eq!(mailbox.bell.take_reported().len(), 1);
    assert_eq!(taken(&mailbox), Some((Epoch(1), 2)));
    assert_eq!(numbers(mailbox.take_many(Taking::Later, 9)), [3]);
    assert_eq!((mailbox.seen(), taken(&mailbox)), (Some((Epoch(1), 3)), None));
    assert!(mailbox.poll_any(&mut context).is_pending());
}

#[test]
fn knows_what_was_given_and_what_of_it_the_next_or_a_close_settles() {
    let mailbox = mailbox(3);
    let give = |taking| drop(mailbox.poll_take(taking, None));
    give(Taking::UntilNext);
    assert_eq!((mailbox.seen(), taken(&mailbox)), (Some((Epoch(1), 1)), None));
    mailbox.settle();
    assert_eq!(taken(&mailbox), Some((Epoch(1), 1)));
    give(Taking::UntilNext);
    assert_eq!(mailbox.settled_by_close(), Some((Epoch(1), 2)));
    assert_eq!(mailbox.settled_by_close(), None);
    give(Taking::Later);
    mailbox.settle();
    assert_eq!((mailbox.seen(), mailbox.settled_by_close()), (Some((Epoch(1), 3)), None));
    assert_eq!(taken(&mailbox), None);
}

#[test]
fn what_expires_before_it_is_taken_is_passed_over_and_reported() {
    let mailbox = mailbox(0);
    let expiring = |number, expiration| Delivery {
        message: Arc::new(Message { expiration, ..Message::default() }),
        ..delivery(number)
    };
    let later = clock::unix_ms() + 3_600_000;
    for (number, expiration) in [(1, 1), (2, later), (3, 2), (4, 0), (5, 1)] {
        mailbox.deliver(&mut vec![expiring(number, expiration)]);
    }
    let order: Vec<_> = std::iter::from_fn(|| take(&mailbox)).collect();
    assert_eq!(order, [2, 4]);
    let report = mailbox.take_report().unwrap();
    assert_eq!(report.taken, Some((Epoch(1), 4)));
    assert_eq!(report.expired, [(Epoch(1), 1), (Epoch(1), 3), (Epoch(1), 5)]);
    assert_eq!(mailbox.bell.take_reported().len(), 1);
}

#[test]
fn gives_nothing_while_held_and_redeliveries_first_afterwards() {
    let mailbox = mailbox(4);
    assert_eq!((take(&mailbox), take(&mailbox)), (Some(1), Some(2)));
    mailbox.hold();
    assert_eq!(take(&mailbox), None);
    mailbox.redeliver(vec![delivery(1), delivery(2)]);
    let order: Vec<_> = std::iter::from_fn(|| take(&mailbox)).collect();
    assert_eq!(order, [1, 2, 3, 4]);
}

#[test]
fn discarded_deliveries_are_never_taken() {
    let mailbox = mailbox(2);
    mailbox.discard();
    assert_eq!(take(&mailbox), None);
    mailbox.deliver(&mut vec![delivery(9)]);
    assert_eq!(take(&mailbox), Some(9));
}

#[test]
fn a_browser_sees_the_rest_before_its_end() {
    let mailbox = mailbox(1);
    mailbox.end(End::Browsed);
    assert_eq!(take(&mailbox), Some(1));
    assert!(matches!(mailbox.poll_take(Taking::AtOnce, None), Poll::Ready(Err(End::Browsed))));
}
