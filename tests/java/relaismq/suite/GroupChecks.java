package relaismq.suite;

import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;

/** Message groups: one consumer per group at a time. */
final class GroupChecks {
    private GroupChecks() {}

    static void aGroupStaysWithOneConsumer(Stage stage) throws Exception {
        Queue queue = stage.queue();
        MessageConsumer one = stage.session().createConsumer(queue);
        MessageConsumer two = stage.session().createConsumer(queue);
        Session session = stage.session();
        for (int i = 0; i < 10; i++) {
            sendGrouped(session, queue, "red", 0, "m" + i);
        }
        TextMessage first = (TextMessage) one.receive(Expect.BRIEFLY);
        MessageConsumer owner = first == null ? two : one;
        for (int i = first == null ? 0 : 1; i < 10; i++) {
            Expect.text(owner, "m" + i);
        }
        Expect.nothing(owner == one ? two : one);
    }

    static void groupsMoveWhenTheOwnerCloses(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session();
        MessageConsumer owner = stage.session().createConsumer(queue);
        sendGrouped(session, queue, "red", 0, "a");
        Expect.text(owner, "a");
        MessageConsumer heir = stage.session().createConsumer(queue);
        sendGrouped(session, queue, "red", 0, "b");
        Expect.text(owner, "b");
        owner.close();
        sendGrouped(session, queue, "red", 0, "c");
        Expect.text(heir, "c");
    }

    static void theFirstOfAGroupIsMarked(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session();
        MessageConsumer consumer = session.createConsumer(queue);
        sendGrouped(session, queue, "red", 0, "a", "b");
        Expect.equal(true, isFirst(Expect.text(consumer, "a")), "a is the first");
        Expect.equal(false, isFirst(Expect.text(consumer, "b")), "b is the first");
    }

    static void newGroupsGoToTheConsumerWithTheFewest(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session();
        MessageConsumer old = stage.session().createConsumer(queue);
        for (String group : new String[] {"a", "b", "c"}) {
            sendGrouped(session, queue, group, 0, group);
        }
        Expect.text(old, "a", "b", "c");
        MessageConsumer fresh = stage.session().createConsumer(queue);
        for (String group : new String[] {"d", "e", "a", "f"}) {
            sendGrouped(session, queue, group, 0, group);
        }
        Expect.text(old, "a");
        Expect.text(fresh, "d", "e", "f");
    }

    static void groupHeadersArrive(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session();
        MessageConsumer consumer = session.createConsumer(queue);
        sendGrouped(session, queue, "red", 7, "a");
        TextMessage message = Expect.text(consumer, "a");
        Expect.equal("red", message.getStringProperty("JMSXGroupID"), "group");
        Expect.equal(7, message.getIntProperty("JMSXGroupSeq"), "sequence");
    }

    static void aNegativeSequenceEndsTheGroup(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session();
        MessageConsumer consumer = session.createConsumer(queue);
        sendGrouped(session, queue, "red", 1, "a");
        Expect.equal(true, isFirst(Expect.text(consumer, "a")), "a is the first");
        sendGrouped(session, queue, "red", -1, "last");
        Expect.text(consumer, "last");
        sendGrouped(session, queue, "red", 2, "b");
        Expect.equal(true, isFirst(Expect.text(consumer, "b")), "b is the first of a new group");
    }

    private static boolean isFirst(TextMessage message) throws JMSException {
        return message.propertyExists("JMSXGroupFirstForConsumer")
                && message.getBooleanProperty("JMSXGroupFirstForConsumer");
    }

    private static void sendGrouped(
            Session session, Queue queue, String group, int sequence, String... texts)
            throws JMSException {
        MessageProducer producer = session.createProducer(queue);
        for (String text : texts) {
            TextMessage message = session.createTextMessage(text);
            message.setStringProperty("JMSXGroupID", group);
            if (sequence != 0) {
                message.setIntProperty("JMSXGroupSeq", sequence);
            }
            producer.send(message);
        }
        producer.close();
    }
}
