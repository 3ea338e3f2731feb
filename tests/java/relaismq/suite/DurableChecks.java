package relaismq.suite;

import javax.jms.InvalidDestinationException;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.Topic;
import org.apache.activemq.ActiveMQConnection;

/** Durable subscriptions. */
final class DurableChecks {
    private static final String NAME = "subscription";

    private DurableChecks() {}

    static void keepsTheBacklogWhileOffline(Stage stage) throws Exception {
        Topic topic = stage.topic();
        String clientId = stage.name();
        subscribeAndLeave(stage, clientId, topic, null);
        Stage.send(stage.session(), topic, "a", "b");
        Session session = sessionOf(stage, clientId);
        MessageConsumer consumer = session.createDurableSubscriber(topic, NAME);
        Expect.text(consumer, "a", "b");
        Expect.nothing(consumer);
    }

    static void forgetsWhatWasAcknowledged(Stage stage) throws Exception {
        Topic topic = stage.topic();
        String clientId = stage.name();
        ActiveMQConnection connection = stage.connectAs(clientId);
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageConsumer consumer = session.createDurableSubscriber(topic, NAME);
        Stage.send(session, topic, "a", "b", "c");
        Expect.text(consumer, "a", "b");
        connection.close();
        Expect.text(sessionOf(stage, clientId).createDurableSubscriber(topic, NAME), "c");
    }

    static void redeliversInOrderWhatWasNot(Stage stage) throws Exception {
        Topic topic = stage.topic();
        String clientId = stage.name();
        ActiveMQConnection connection = stage.connectAs(clientId);
        Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = session.createDurableSubscriber(topic, NAME);
        Stage.send(session, topic, "a", "b", "c");
        Expect.text(consumer, "a").acknowledge();
        Expect.text(consumer, "b");
        connection.close();
        Expect.text(sessionOf(stage, clientId).createDurableSubscriber(topic, NAME), "b", "c");
    }

    static void refusesASecondActiveSubscriber(Stage stage) throws Exception {
        Topic topic = stage.topic();
        Session session = sessionOf(stage, stage.name());
        session.createDurableSubscriber(topic, NAME);
        Expect.failure(JMSException.class, () -> session.createDurableSubscriber(topic, NAME));
    }

    static void unsubscribingEndsTheBacklog(Stage stage) throws Exception {
        Topic topic = stage.topic();
        String clientId = stage.name();
        subscribeAndLeave(stage, clientId, topic, null);
        Stage.send(stage.session(), topic, "lost");
        Session session = sessionOf(stage, clientId);
        session.unsubscribe(NAME);
        Expect.nothing(session.createDurableSubscriber(topic, NAME));
    }

    static void unsubscribingTheUnknownFails(Stage stage) throws Exception {
        Session session = sessionOf(stage, stage.name());
        Expect.failure(InvalidDestinationException.class, () -> session.unsubscribe("no such"));
    }

    static void unsubscribingTheActiveFails(Stage stage) throws Exception {
        Topic topic = stage.topic();
        Session session = sessionOf(stage, stage.name());
        MessageConsumer consumer = session.createDurableSubscriber(topic, NAME);
        Expect.failure(JMSException.class, () -> session.unsubscribe(NAME));
        Stage.send(session, topic, "still there");
        Expect.text(consumer, "still there");
    }

    static void anotherSelectorStartsAnew(Stage stage) throws Exception {
        Topic topic = stage.topic();
        String clientId = stage.name();
        subscribeAndLeave(stage, clientId, topic, "JMSType = 'red'");
        SelectorChecks.sendTyped(stage.session(), topic, "red", "blue");
        Session session = sessionOf(stage, clientId);
        MessageConsumer consumer =
                session.createDurableSubscriber(topic, NAME, "JMSType = 'blue'", false);
        Expect.nothing(consumer);
        SelectorChecks.sendTyped(session, topic, "red", "blue");
        Expect.text(consumer, "blue");
    }

    static void backlogHonoursTheSelector(Stage stage) throws Exception {
        Topic topic = stage.topic();
        String clientId = stage.name();
        subscribeAndLeave(stage, clientId, topic, "JMSType = 'red'");
        SelectorChecks.sendTyped(stage.session(), topic, "blue", "red", "green");
        Session session = sessionOf(stage, clientId);
        MessageConsumer consumer =
                session.createDurableSubscriber(topic, NAME, "JMSType = 'red'", false);
        Expect.text(consumer, "red");
        Expect.nothing(consumer);
    }

    static void twoSubscriptionsAreIndependent(Stage stage) throws Exception {
        Topic topic = stage.topic();
        String one = stage.name();
        String two = stage.name();
        subscribeAndLeave(stage, one, topic, null);
        subscribeAndLeave(stage, two, topic, null);
        Stage.send(stage.session(), topic, "a");
        Expect.text(sessionOf(stage, one).createDurableSubscriber(topic, NAME), "a");
        Stage.send(stage.session(), topic, "b");
        Expect.text(sessionOf(stage, two).createDurableSubscriber(topic, NAME), "a", "b");
    }

    private static Session sessionOf(Stage stage, String clientId) throws JMSException {
        return stage.connectAs(clientId).createSession(false, Session.AUTO_ACKNOWLEDGE);
    }

    private static void subscribeAndLeave(Stage stage, String clientId, Topic topic, String selector)
            throws JMSException {
        ActiveMQConnection connection = stage.connectAs(clientId);
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        session.createDurableSubscriber(topic, NAME, selector, false).close();
        connection.close();
    }
}
