package relaismq.suite;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.jms.DeliveryMode;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;

/** Point to point. */
final class QueueChecks {
    private static final int MANY = 2_500;

    private QueueChecks() {}

    static void keepsOrder(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session();
        MessageProducer producer = session.createProducer(queue);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        MessageConsumer consumer = session.createConsumer(queue);
        for (int i = 0; i < MANY; i++) {
            producer.send(session.createTextMessage("m" + i));
        }
        for (int i = 0; i < MANY; i++) {
            Expect.text(consumer, "m" + i);
        }
        Expect.nothing(consumer);
    }

    static void waitsForAConsumer(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "a", "b", "c");
        MessageConsumer consumer = stage.session().createConsumer(queue);
        Expect.text(consumer, "a", "b", "c");
        Expect.nothing(consumer);
    }

    static void deliversToAListener(Stage stage) throws Exception {
        Queue queue = stage.queue();
        BlockingQueue<Message> heard = new LinkedBlockingQueue<>();
        stage.session().createConsumer(queue).setMessageListener(heard::add);
        stage.send(queue, "a", "b");
        for (String expected : new String[] {"a", "b"}) {
            TextMessage message = (TextMessage) heard.poll(Expect.SOON, TimeUnit.MILLISECONDS);
            Expect.that(message != null, "nothing was heard of " + expected);
            Expect.equal(expected, message.getText(), "heard");
        }
    }

    static void deliversEachMessageOnce(Stage stage) throws Exception {
        Queue queue = stage.queue(stage.queue(), "consumer.prefetchSize=1");
        MessageConsumer one = stage.session().createConsumer(queue);
        MessageConsumer two = stage.session().createConsumer(queue);
        stage.send(queue, "a", "b", "c", "d");
        int received = 0;
        int empty = 0;
        while (received < 4 && empty < 10) {
            int before = received;
            received += one.receive(Expect.BRIEFLY) == null ? 0 : 1;
            received += two.receive(Expect.BRIEFLY) == null ? 0 : 1;
            empty += received == before ? 1 : 0;
        }
        Expect.equal(4, received, "received by both");
        Expect.nothing(one);
        Expect.nothing(two);
    }

    static void prefetchOneLeavesTheRestToOthers(Stage stage) throws Exception {
        Queue queue = stage.queue(stage.queue(), "consumer.prefetchSize=1");
        Session slow = stage.session(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer holding = slow.createConsumer(queue);
        stage.send(queue, "a", "b", "c");
        Expect.text(holding, "a");
        MessageConsumer other = stage.session().createConsumer(queue);
        TextMessage next = (TextMessage) Expect.message(other);
        Expect.that(!next.getText().equals("a"), "a is held by the first consumer");
    }

    static void sharesAlternatelyBetweenConsumers(Stage stage) throws Exception {
        Queue queue = stage.queue();
        MessageConsumer one = stage.session().createConsumer(queue);
        MessageConsumer two = stage.session().createConsumer(queue);
        stage.send(queue, "a", "b", "c", "d");
        for (int i = 0; i < 2; i++) {
            Expect.message(one);
            Expect.message(two);
        }
        Expect.nothing(one);
        Expect.nothing(two);
    }

    static void prefersTheConsumerOfHigherPriority(Stage stage) throws Exception {
        Queue queue = stage.queue();
        MessageConsumer low = stage.session().createConsumer(queue);
        MessageConsumer high =
                stage.session().createConsumer(stage.queue(queue, "consumer.priority=10"));
        stage.send(queue, "a", "b", "c");
        Expect.text(high, "a", "b", "c");
        Expect.nothing(low);
    }

    static void noLocalLeavesTheConnectionsOwnToOthers(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session own = stage.session();
        MessageConsumer choosy = own.createConsumer(queue, null, true);
        Stage.send(own, queue, "own");
        stage.send(queue, "foreign");
        Expect.text(choosy, "foreign");
        Expect.nothing(choosy);
        Expect.text(stage.session().createConsumer(queue), "own");
    }

    static void exclusiveConsumerGetsAllUntilItCloses(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Queue exclusively = stage.queue(queue, "consumer.exclusive=true");
        MessageConsumer first = stage.session().createConsumer(exclusively);
        MessageConsumer second = stage.session().createConsumer(exclusively);
        stage.send(queue, "a", "b", "c");
        Expect.text(first, "a", "b", "c");
        Expect.nothing(second);
        first.close();
        stage.send(queue, "d");
        Expect.text(second, "d");
    }

    static void mixesPersistentAndNot(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session();
        MessageConsumer consumer = session.createConsumer(queue);
        MessageProducer producer = session.createProducer(queue);
        for (int i = 0; i < 10; i++) {
            producer.setDeliveryMode(i % 2 + 1);
            producer.send(session.createTextMessage("m" + i));
            Expect.equal(i % 2 + 1, Expect.text(consumer, "m" + i).getJMSDeliveryMode(), "mode");
        }
    }
}
