package relaismq.suite;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.ActiveMQMessageProducer;
import org.apache.activemq.AsyncCallback;

/** The ways to send. */
final class ProducerChecks {
    private static final int MANY = 300;

    private ProducerChecks() {}

    static void asyncSendsKeepOrder(Stage stage) throws Exception {
        ActiveMQConnectionFactory factory = stage.factory();
        factory.setUseAsyncSend(true);
        sendAndExpectAll(stage, factory);
    }

    static void aWindowIsRefilled(Stage stage) throws Exception {
        ActiveMQConnectionFactory factory = stage.factory();
        factory.setUseAsyncSend(true);
        factory.setProducerWindowSize(5_000);
        sendAndExpectAll(stage, factory);
    }

    static void aWindowIsRefilledForNonPersistentToo(Stage stage) throws Exception {
        ActiveMQConnectionFactory factory = stage.factory();
        factory.setProducerWindowSize(5_000);
        Session session = stage.open(factory, null).createSession(false, Session.AUTO_ACKNOWLEDGE);
        Queue queue = stage.queue();
        MessageProducer producer = session.createProducer(queue);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        MessageConsumer consumer = stage.session().createConsumer(queue);
        for (int i = 0; i < MANY; i++) {
            producer.send(session.createTextMessage("m" + i));
        }
        Expect.text(consumer, texts());
    }

    static void callbacksConfirmEachMessage(Stage stage) throws Exception {
        Session session = stage.session();
        Queue queue = stage.queue();
        ActiveMQMessageProducer producer = (ActiveMQMessageProducer) session.createProducer(queue);
        CountDownLatch confirmed = new CountDownLatch(MANY);
        AtomicReference<JMSException> failure = new AtomicReference<>();
        for (String text : texts()) {
            producer.send(session.createTextMessage(text), new Counter(confirmed, failure));
        }
        Expect.that(confirmed.await(Expect.SOON, TimeUnit.MILLISECONDS), "all confirmed");
        Expect.equal(null, failure.get(), "failure");
        Expect.text(stage.session().createConsumer(queue), texts());
    }

    static void oneProducerForManyDestinations(Stage stage) throws Exception {
        Session session = stage.session();
        MessageProducer producer = session.createProducer(null);
        for (int i = 0; i < 5; i++) {
            Queue queue = stage.queue();
            producer.send(queue, session.createTextMessage("to " + i));
            Expect.text(session.createConsumer(queue), "to " + i);
        }
    }

    static void nonPersistentSendsAreNotSlow(Stage stage) throws Exception {
        Session session = stage.session();
        Queue queue = stage.queue();
        MessageProducer producer = session.createProducer(queue);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        long start = System.nanoTime();
        for (String text : texts()) {
            producer.send(session.createTextMessage(text));
        }
        long elapsed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        Expect.text(stage.session().createConsumer(queue), texts());
        Expect.that(elapsed < Expect.SOON, "sent within " + Expect.SOON + " ms, not " + elapsed);
    }

    private static void sendAndExpectAll(Stage stage, ActiveMQConnectionFactory factory)
            throws JMSException {
        Session session = stage.open(factory, null).createSession(false, Session.AUTO_ACKNOWLEDGE);
        Queue queue = stage.queue();
        MessageConsumer consumer = stage.session().createConsumer(queue);
        Stage.send(session, queue, texts());
        Expect.text(consumer, texts());
        Expect.nothing(consumer);
    }

    private static String[] texts() {
        String[] texts = new String[MANY];
        for (int i = 0; i < MANY; i++) {
            texts[i] = "m" + i;
        }
        return texts;
    }

    /** Counts confirmations and keeps the first failure. */
    private record Counter(CountDownLatch confirmed, AtomicReference<JMSException> failure)
            implements AsyncCallback {
        @Override
        public void onSuccess() {
            confirmed.countDown();
        }

        @Override
        public void onException(JMSException exception) {
            failure.compareAndSet(null, exception);
            confirmed.countDown();
        }
    }
}
