package relaismq.suite;

import javax.jms.Destination;
import javax.jms.InvalidSelectorException;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;

/** Selectors through the broker; the language itself has tests of its own. */
final class SelectorChecks {
    private SelectorChecks() {}

    static void filtersByProperties(Stage stage) throws Exception {
        Expect.equal(true, selected(stage, "n > 6 AND s LIKE 'ab%' AND b"), "matching");
        Expect.equal(false, selected(stage, "n > 7"), "too large");
        Expect.equal(true, selected(stage, "n BETWEEN 5 AND 9 AND missing IS NULL"), "null test");
        Expect.equal(false, selected(stage, "missing = 1"), "unknown");
        Expect.equal(true, selected(stage, "s IN ('abc', 'xyz') AND NOT (d < 1.5)"), "in");
    }

    static void filtersByHeaders(Stage stage) throws Exception {
        Expect.equal(true, selected(stage, "JMSPriority = 7"), "priority");
        Expect.equal(true, selected(stage, "JMSCorrelationID = 'c-1'"), "correlation");
        Expect.equal(true, selected(stage, "JMSType = 'kind'"), "type");
        Expect.equal(true, selected(stage, "JMSDeliveryMode = 'PERSISTENT'"), "delivery mode");
        Expect.equal(true, selected(stage, "JMSTimestamp > 0 AND JMSMessageID LIKE 'ID:%'"), "identity");
    }

    static void leavesTheRestToOthers(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session();
        MessageConsumer blue = session.createConsumer(queue, "JMSType = 'blue'");
        sendTyped(session, queue, "red", "blue", "green", "blue");
        Expect.text(blue, "blue", "blue");
        Expect.nothing(blue);
        Expect.text(session.createConsumer(queue), "red", "green");
    }

    static void seesBeyondManyOthers(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session();
        MessageProducer producer = session.createProducer(queue);
        producer.setDeliveryMode(javax.jms.DeliveryMode.NON_PERSISTENT);
        for (int i = 0; i < 150; i++) {
            producer.send(session.createTextMessage("filler"));
        }
        sendTyped(session, queue, "wanted");
        Expect.text(session.createConsumer(queue, "JMSType = 'wanted'"), "wanted");
    }

    static void refusesWhatIsNoSelector(Stage stage) throws Exception {
        Session session = stage.session();
        Queue queue = stage.queue();
        for (String selector : new String[] {"n >", "= 1", "n + 1", "(n = 1", "n == 1", "'text' > 1"}) {
            Expect.failure(InvalidSelectorException.class, () -> session.createConsumer(queue, selector));
        }
        Stage.send(session, queue, "unharmed");
        Expect.text(session.createConsumer(queue), "unharmed");
    }

    /** Sends texts whose JMSType is the same. */
    static void sendTyped(Session session, Destination destination, String... types)
            throws JMSException {
        MessageProducer producer = session.createProducer(destination);
        for (String type : types) {
            TextMessage message = session.createTextMessage(type);
            message.setJMSType(type);
            producer.send(message);
        }
        producer.close();
    }

    private static boolean selected(Stage stage, String selector) throws JMSException {
        Queue queue = stage.queue();
        Session session = stage.session();
        TextMessage sample = session.createTextMessage("sample");
        sample.setIntProperty("n", 7);
        sample.setDoubleProperty("d", 1.5);
        sample.setStringProperty("s", "abc");
        sample.setBooleanProperty("b", true);
        sample.setJMSCorrelationID("c-1");
        sample.setJMSType("kind");
        MessageProducer producer = session.createProducer(queue);
        producer.setPriority(7);
        producer.send(sample);
        Message found = session.createConsumer(queue, selector).receive(Expect.BRIEFLY);
        session.close();
        return found != null;
    }
}
