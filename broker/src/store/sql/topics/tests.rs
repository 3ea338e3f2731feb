use super::*;

fn key(name: &str) -> SubscriptionKey {
    SubscriptionKey { client_id: "c".into(), name: name.into() }
}

struct Rig {
    topics: Topics,
    progress: Progress,
}

impl Rig {
    fn new() -> Self {
        Self { topics: Topics::default(), progress: Progress::default() }
    }

    fn publish(&mut self, topic: &str, names: &[&str], id: u64) {
        let wanted = names.iter().map(|name| self.topics.number(&key(name))).collect();
        self.topics.publish(&topic.into(), &wanted, id, &mut self.progress);
    }

    fn remove(&mut self, name: &str, id: u64) -> bool {
        let number = self.topics.number(&key(name));
        self.topics.remove(number, id, &mut self.progress)
    }

    fn left(&mut self, name: &str) -> Vec<u64> {
        let number = self.topics.number(&key(name));
        let page = self.topics.page(number, 0, usize::MAX);
        assert_eq!(self.topics.count(number), page.len() as u64);
        page
    }

    fn next(&mut self, topic: &str, name: &str) -> u64 {
        let number = self.topics.number(&key(name));
        self.topics.mark(&topic.into(), number).unwrap().next
    }
}

#[test]
fn a_message_goes_with_the_last_one_that_has_it_left() {
    let mut rig = Rig::new();
    rig.publish("t", &["a", "b"], 1);
    rig.publish("t", &["b"], 2);
    rig.publish("t", &["a", "b"], 4);
    assert_eq!((rig.left("a"), rig.left("b")), (vec![1, 4], vec![1, 2, 4]));
    assert!(rig.remove("b", 1) && rig.remove("b", 2));
    assert_eq!(rig.progress.dead, [2]);
    assert!(rig.remove("a", 1) && !rig.remove("a", 1) && !rig.remove("a", 2));
    assert_eq!(rig.progress.dead, [2, 1]);
    assert_eq!((rig.next("t", "a"), rig.next("t", "b")), (2, 3));
    assert!(rig.remove("a", 4) && rig.remove("b", 4));
    assert_eq!((rig.next("t", "a"), rig.next("t", "b")), (5, 5));
    assert!(rig.progress.exceptions().is_empty());
}

#[test]
fn what_is_acknowledged_out_of_order_is_an_exception_until_the_mark_reaches_it() {
    let mut rig = Rig::new();
    for id in 1..=3 {
        rig.publish("t", &["a", "b"], id);
    }
    rig.remove("a", 3);
    assert_eq!((rig.left("a"), rig.next("t", "a")), (vec![1, 2], 1));
    assert_eq!(rig.progress.exceptions(), [(1, 3, true)]);
    rig.remove("a", 1);
    rig.remove("a", 2);
    assert_eq!(rig.next("t", "a"), 4);
    assert!(rig.progress.exceptions().is_empty());
}

#[test]
fn what_nobody_else_wants_moves_marks_that_have_nothing_left() {
    let mut rig = Rig::new();
    rig.publish("t", &["a", "b"], 1);
    rig.remove("b", 1);
    rig.publish("t", &["a"], 2);
    assert_eq!(rig.next("t", "b"), 3);
    rig.remove("a", 1);
    rig.publish("t", &["b"], 3);
    assert_eq!((rig.left("a"), rig.left("b")), (vec![2], vec![3]));
    assert_eq!(rig.progress.exceptions(), [(1, 3, true)]);
}

#[test]
fn a_pattern_has_a_mark_in_each_topic() {
    let mut rig = Rig::new();
    rig.publish("t.1", &["a"], 1);
    rig.publish("t.2", &["a", "b"], 2);
    rig.publish("t.1", &["a"], 3);
    assert_eq!(rig.left("a"), [1, 2, 3]);
    assert_eq!(rig.topics.page(1, 1, 1), [2]);
    rig.topics.drop(&key("a"), &mut rig.progress);
    assert_eq!(rig.progress.dead, [1, 3]);
    assert_eq!(rig.left("b"), [2]);
}

#[test]
fn what_is_loaded_is_counted_and_the_rest_is_dead() {
    let numbers = BTreeMap::from([(key("a"), 1), (key("b"), 2)]);
    let mark = |next, except: &[u64]| Mark { next, except: except.iter().copied().collect() };
    let marks =
        BTreeMap::from([(("t".into(), 1), mark(3, &[1, 5, 99])), (("t".into(), 2), mark(5, &[]))]);
    let ids = (1..=5).map(|id| ("t".into(), id)).chain([("u".into(), 7)]);
    let (mut topics, mut dead) = Topics::load(numbers, marks, ids);
    dead.sort_unstable();
    assert_eq!(dead, [1, 2, 7]);
    assert_eq!((topics.page(1, 0, 9), topics.page(2, 0, 9)), (vec![3, 4], vec![5]));
    let mut progress = Progress::default();
    assert!(topics.remove(2, 5, &mut progress));
    assert_eq!(progress.dead, [5]);
    assert_eq!(progress.exceptions(), [(1, 5, false)]);
}
