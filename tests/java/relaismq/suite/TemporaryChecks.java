package relaismq.suite;

import java.util.concurrent.TimeUnit;
import javax.jms.Connection;
import javax.jms.Destination;
import javax.jms.InvalidDestinationException;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.QueueRequestor;
import javax.jms.QueueSession;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;

/** Temporary destinations, and request and reply between connections. */
final class TemporaryChecks {
    private TemporaryChecks() {}

    static void repliesComeToATemporaryQueue(Stage stage) throws Exception {
        Session session = stage.session();
        requestAndReply(stage, session, session.createTemporaryQueue());
    }

    static void repliesComeToATemporaryTopic(Stage stage) throws Exception {
        Session session = stage.session();
        requestAndReply(stage, session, session.createTemporaryTopic());
    }

    static void manyRequestsInTurn(Stage stage) throws Exception {
        Queue queue = stage.queue();
        serve(stage, queue);
        ActiveMQConnection connection = stage.connect();
        QueueSession session = connection.createQueueSession(false, Session.AUTO_ACKNOWLEDGE);
        QueueRequestor requestor = new QueueRequestor(session, queue);
        for (int i = 0; i < 50; i++) {
            Message reply = requestor.request(session.createTextMessage("r" + i));
            Expect.equal("reply to r" + i, ((TextMessage) reply).getText(), "reply");
        }
        requestor.close();
    }

    static void aNewTemporaryQueuePerRequest(Stage stage) throws Exception {
        Queue queue = stage.queue();
        serve(stage, queue);
        Session session = stage.session();
        MessageProducer producer = session.createProducer(queue);
        for (int i = 0; i < 20; i++) {
            TemporaryQueue replies = session.createTemporaryQueue();
            MessageConsumer consumer = session.createConsumer(replies);
            TextMessage request = session.createTextMessage("r" + i);
            request.setJMSReplyTo(replies);
            producer.send(request);
            Expect.text(consumer, "reply to r" + i);
            consumer.close();
            replies.delete();
        }
    }

    static void othersMayNotConsume(Stage stage) throws Exception {
        TemporaryQueue queue = stage.session().createTemporaryQueue();
        Session other = stage.session();
        Expect.failure(InvalidDestinationException.class, () -> other.createConsumer(queue));
    }

    static void endsWithItsConnection(Stage stage) throws Exception {
        Connection connection = stage.connect();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        TemporaryQueue queue = session.createTemporaryQueue();
        Session other = stage.session();
        MessageProducer producer = other.createProducer(null);
        sendOnceKnown(producer, queue, other.createTextMessage("in time"));
        Expect.text(session.createConsumer(queue), "in time");
        connection.close();
        expectGone(producer, queue, other);
    }

    /** The other connection hears of a temporary queue by an advisory, some time after its birth. */
    private static void sendOnceKnown(MessageProducer producer, Queue queue, Message message)
            throws JMSException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (true) {
            try {
                producer.send(queue, message);
                return;
            } catch (InvalidDestinationException notYetKnown) {
                if (System.nanoTime() > end) {
                    throw notYetKnown;
                }
                Thread.onSpinWait();
            }
        }
    }

    static void isGoneOnceDeleted(Stage stage) throws Exception {
        Session session = stage.session();
        TemporaryQueue queue = session.createTemporaryQueue();
        queue.delete();
        Session other = stage.session();
        expectGone(other.createProducer(null), queue, other);
    }

    static void mayNotBeDeletedWhileInUse(Stage stage) throws Exception {
        Session session = stage.session();
        TemporaryQueue queue = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(queue);
        Expect.failure(JMSException.class, queue::delete);
        consumer.close();
        queue.delete();
    }

    private static void requestAndReply(Stage stage, Session session, Destination replies)
            throws JMSException {
        Queue queue = stage.queue();
        serve(stage, queue);
        MessageConsumer consumer = session.createConsumer(replies);
        TextMessage request = session.createTextMessage("question");
        request.setJMSReplyTo(replies);
        request.setJMSCorrelationID("q-1");
        session.createProducer(queue).send(request);
        TextMessage reply = Expect.text(consumer, "reply to question");
        Expect.equal("q-1", reply.getJMSCorrelationID(), "correlation");
        Expect.equal(replies, reply.getJMSDestination(), "destination");
    }

    /** Answers requests from a connection of its own. */
    private static void serve(Stage stage, Queue queue) throws JMSException {
        Session session = stage.session();
        MessageProducer producer = session.createProducer(null);
        session.createConsumer(queue).setMessageListener(request -> {
            try {
                String text = ((TextMessage) request).getText();
                TextMessage reply = session.createTextMessage("reply to " + text);
                reply.setJMSCorrelationID(request.getJMSCorrelationID());
                producer.send(request.getJMSReplyTo(), reply);
            } catch (JMSException failure) {
                throw new IllegalStateException(failure);
            }
        });
    }

    /** The news of a removal may take a moment, since it comes from another connection. */
    private static void expectGone(MessageProducer producer, Destination gone, Session session)
            throws JMSException {
        long end = System.nanoTime() + Expect.SOON * 1_000_000;
        while (System.nanoTime() < end) {
            try {
                producer.send(gone, session.createTextMessage("too late"));
            } catch (InvalidDestinationException expected) {
                return;
            } catch (JMSException fromTheBroker) {
                Expect.that(fromTheBroker.getClass().getName().endsWith(
                        "DestinationDoesNotExistException"), "gone, not " + fromTheBroker);
                return;
            }
        }
        throw new CheckFailure("the deleted destination still takes messages");
    }
}
