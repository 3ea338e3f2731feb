package relaismq.suite;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;

/** Prefetch zero: the consumer asks for each message. */
final class PullChecks {
    private PullChecks() {}

    static void receiveNoWaitFindsWhatIsThere(Stage stage) throws Exception {
        Queue queue = pulling(stage);
        MessageConsumer consumer = stage.session().createConsumer(queue);
        Expect.that(consumer.receiveNoWait() == null, "an empty queue gives nothing");
        stage.send(queue, "a");
        Message pulled = consumer.receiveNoWait();
        Expect.that(pulled instanceof TextMessage, "a text message, not " + pulled);
        Expect.equal("a", ((TextMessage) pulled).getText(), "pulled");
        Expect.that(consumer.receiveNoWait() == null, "and then nothing again");
    }

    static void receiveWithTimeoutEndsEmpty(Stage stage) throws Exception {
        MessageConsumer consumer = stage.session().createConsumer(pulling(stage));
        long start = System.nanoTime();
        Expect.nothing(consumer);
        long elapsed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        Expect.that(elapsed >= Expect.BRIEFLY - 50, "the time is used, not only " + elapsed + " ms");
    }

    static void receiveWaitsForAMessage(Stage stage) throws Exception {
        Queue queue = pulling(stage);
        MessageConsumer consumer = stage.session().createConsumer(queue);
        CompletableFuture<String> text = CompletableFuture.supplyAsync(() -> receive(consumer));
        stage.send(queue, "at last");
        Expect.equal("at last", text.get(Expect.SOON, TimeUnit.MILLISECONDS), "pulled");
    }

    static void leavesTheRestInTheQueue(Stage stage) throws Exception {
        Queue queue = pulling(stage);
        stage.send(queue, "a", "b", "c");
        Session holding = stage.session(Session.CLIENT_ACKNOWLEDGE);
        Expect.text(holding.createConsumer(queue), "a");
        Expect.text(stage.session().createConsumer(queue), "b", "c");
    }

    static void pullsInOrder(Stage stage) throws Exception {
        Queue queue = pulling(stage);
        stage.send(queue, "a", "b", "c", "d");
        MessageConsumer consumer = stage.session().createConsumer(queue);
        Expect.text(consumer, "a", "b", "c", "d");
        Expect.nothing(consumer);
    }

    static void pullsInATransaction(Stage stage) throws Exception {
        Queue queue = pulling(stage);
        stage.send(queue, "a", "b");
        Session session = stage.session(Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(queue);
        Expect.text(consumer, "a");
        session.rollback();
        Expect.that(Expect.text(consumer, "a").getJMSRedelivered(), "a is redelivered");
        Expect.text(consumer, "b");
        session.commit();
        Expect.nothing(consumer);
    }

    private static Queue pulling(Stage stage) {
        return stage.queue(stage.queue(), "consumer.prefetchSize=0");
    }

    private static String receive(MessageConsumer consumer) {
        try {
            return Expect.text(consumer, "at last").getText();
        } catch (javax.jms.JMSException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
