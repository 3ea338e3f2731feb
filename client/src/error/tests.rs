use super::*;
use crate::options::Scheme;

fn refused(class: &str) -> Failure {
    Failure::Refused { class: class.to_owned(), message: "no".to_owned() }
}

fn failed(failure: Failure) -> SendError {
    SendError::new(failure.into(), "secret".into())
}

#[test]
fn a_failed_send_gives_its_message_back_and_does_not_print_it() {
    let error = failed(refused("javax.jms.JMSException"));
    assert!(!format!("{error:?} {error}").contains("secret"));
    let wire = error.into_message().to_wire(false).unwrap();
    assert_eq!(wire.body_text().unwrap().unwrap(), "secret");
}

#[test]
fn a_send_has_three_outcomes_when_it_fails() {
    let outcome = |failure: Failure| failed(failure).outcome();
    assert_eq!(outcome(Failure::TimedOut { maybe_done: false }), SendOutcome::NotSent);
    assert_eq!(outcome(Failure::TimedOut { maybe_done: true }), SendOutcome::Unknown);
    assert_eq!(outcome(refused("javax.jms.JMSException")), SendOutcome::Refused);
    assert_eq!(outcome(refused(UNSENDABLE_CLASS)), SendOutcome::NotSent);
}

#[test]
fn only_what_cannot_duplicate_is_worth_a_retry() {
    let send = |maybe_done| failed(Failure::TimedOut { maybe_done });
    assert!(send(false).is_retryable() && !send(true).is_retryable());
    assert!(!TransactionError::from(Failure::TransactionInDoubt(Box::default())).is_retryable());
    assert!(Error::from(TransactionError::RolledBack("x".to_owned())).is_retryable());
}

#[test]
fn an_unanswered_commit_is_in_doubt() {
    let timed_out = |maybe_done| TransactionError::from(Failure::TimedOut { maybe_done });
    assert_eq!(timed_out(true), TransactionError::InDoubt(Box::default()));
    assert_eq!(timed_out(false), TransactionError::NotDone(Cause::TimedOut));
}

#[test]
fn a_failed_connect_names_each_broker() {
    let broker = BrokerAddress::new(Scheme::Tcp, "a", 61616);
    let failure = Failure::Exhausted(vec![(broker, "Connection refused".to_owned())]);
    let error = ConnectError::from_failure(failure, Vec::new());
    let text = "no broker can be used: tcp://a:61616: Connection refused";
    assert_eq!(error.to_string(), text);
}

#[test]
fn refusals_keep_their_kind() {
    let error = OperationError::from(refused("jakarta.jms.InvalidSelectorException"));
    let OperationError::Refused(refusal) = error else { panic!("{error}") };
    assert_eq!(refusal.kind(), RefusalKind::InvalidSelector);
}
