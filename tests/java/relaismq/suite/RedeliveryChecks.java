package relaismq.suite;

import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.RedeliveryPolicy;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;

/** Repeated delivery, poison messages, expiry and the dead letter queue. */
final class RedeliveryChecks {
    private static final Queue DEAD = new ActiveMQQueue("ActiveMQ.DLQ");

    private RedeliveryChecks() {}

    static void countsDeliveriesOverRollbacks(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "a");
        Session session = impatient(stage, 6, Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(queue);
        for (int delivery = 1; delivery <= 4; delivery++) {
            TextMessage message = Expect.text(consumer, "a");
            Expect.equal(delivery, message.getIntProperty("JMSXDeliveryCount"), "deliveries");
            Expect.equal(delivery > 1, message.getJMSRedelivered(), "redelivered");
            session.rollback();
        }
    }

    static void countsDeliveriesOverConsumers(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "a");
        for (int delivery = 1; delivery <= 4; delivery++) {
            Session session = stage.session(Session.CLIENT_ACKNOWLEDGE);
            TextMessage message = Expect.text(session.createConsumer(queue), "a");
            Expect.equal(delivery, message.getIntProperty("JMSXDeliveryCount"), "deliveries");
            session.close();
        }
    }

    static void poisonGoesToTheDeadLetterQueue(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "poison", "good");
        Session session = impatient(stage, 2, Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(queue);
        String id = null;
        for (int delivery = 1; delivery <= 3; delivery++) {
            id = Expect.text(consumer, "poison").getJMSMessageID();
            session.rollback();
        }
        Expect.text(consumer, "good");
        session.commit();
        Message dead = deadLetter(stage, id);
        Expect.equal("poison", ((TextMessage) dead).getText(), "text");
        String cause = dead.getStringProperty("dlqDeliveryFailureCause");
        Expect.that(cause != null && !cause.isEmpty(), "a cause of death");
        expectOrigin(queue, dead);
    }

    static void poisonOfRecoverIsDeadToo(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "poison");
        Session session = impatient(stage, 1, Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(queue);
        String id = Expect.text(consumer, "poison").getJMSMessageID();
        session.recover();
        Expect.text(consumer, "poison");
        session.recover();
        Expect.nothing(consumer);
        deadLetter(stage, id);
    }

    static void nonPersistentPoisonIsDropped(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = impatient(stage, 0, Session.SESSION_TRANSACTED);
        MessageProducer producer = session.createProducer(queue);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        producer.send(session.createTextMessage("poison"));
        session.commit();
        MessageConsumer consumer = session.createConsumer(queue);
        String id = Expect.text(consumer, "poison").getJMSMessageID();
        session.rollback();
        Expect.nothing(consumer);
        MessageConsumer dead = stage.session().createConsumer(DEAD, "JMSMessageID = '" + id + "'");
        Expect.nothing(dead);
    }

    static void expiredMessagesAreDeadLetters(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session();
        MessageProducer producer = session.createProducer(queue);
        TextMessage message = session.createTextMessage("stale");
        producer.send(message, DeliveryMode.PERSISTENT, 4, 1);
        long expiration = message.getJMSExpiration();
        waitUntilAfter(expiration);
        Expect.nothing(session.createConsumer(queue));
        Message dead = deadLetter(stage, message.getJMSMessageID());
        String cause = dead.getStringProperty("dlqDeliveryFailureCause");
        Expect.that(cause != null && cause.contains("Message Expired"), "the cause: " + cause);
        Expect.equal(0L, dead.getJMSExpiration(), "expiration of the dead letter");
        Expect.equal(expiration, dead.getLongProperty("originalExpiration"), "original expiration");
        expectOrigin(queue, dead);
    }

    static void aLongLifeIsNoExpiry(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session();
        MessageProducer producer = session.createProducer(queue);
        producer.setTimeToLive(60_000);
        TextMessage message = session.createTextMessage("fresh");
        producer.send(message);
        TextMessage received = Expect.text(session.createConsumer(queue), "fresh");
        Expect.equal(message.getJMSExpiration(), received.getJMSExpiration(), "expiration");
    }

    private static void expectOrigin(Queue queue, Message dead) throws JMSException {
        Expect.equal(DEAD, dead.getJMSDestination(), "destination");
        Expect.equal(DeliveryMode.PERSISTENT, dead.getJMSDeliveryMode(), "delivery mode");
        Expect.equal(queue, ((ActiveMQMessage) dead).getOriginalDestination(), "original destination");
    }

    private static Message deadLetter(Stage stage, String id) throws JMSException {
        Session session = stage.session();
        return Expect.message(session.createConsumer(DEAD, "JMSMessageID = '" + id + "'"));
    }

    /** A session that redelivers at once and gives up after so many redeliveries. */
    private static Session impatient(Stage stage, int redeliveries, int mode) throws JMSException {
        RedeliveryPolicy policy = new RedeliveryPolicy();
        policy.setInitialRedeliveryDelay(0);
        policy.setRedeliveryDelay(0);
        policy.setMaximumRedeliveries(redeliveries);
        ActiveMQConnectionFactory factory = stage.factory();
        factory.setRedeliveryPolicy(policy);
        return stage.open(factory, null).createSession(mode == Session.SESSION_TRANSACTED, mode);
    }

    private static void waitUntilAfter(long time) {
        while (System.currentTimeMillis() <= time) {
            Thread.onSpinWait();
        }
    }
}
