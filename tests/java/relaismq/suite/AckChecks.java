package relaismq.suite;

import javax.jms.Connection;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;

/** The acknowledgement modes. */
final class AckChecks {
    private AckChecks() {}

    static void autoTakesEachMessageAtOnce(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "a", "b", "c");
        Connection connection = stage.connect();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Expect.text(session.createConsumer(queue), "a", "b");
        connection.close();
        Expect.text(stage.session().createConsumer(queue), "c");
    }

    static void clientAcknowledgesAllBefore(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "a", "b", "c", "d");
        Connection connection = stage.connect();
        Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(queue);
        Expect.text(consumer, "a", "b", "c").acknowledge();
        Expect.text(consumer, "d");
        connection.close();
        MessageConsumer rest = stage.session().createConsumer(queue);
        Expect.text(rest, "d");
        Expect.nothing(rest);
    }

    static void dupsOkTakesAllInTheEnd(Stage stage) throws Exception {
        Queue queue = stage.queue();
        String[] texts = new String[120];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = "m" + i;
        }
        stage.send(queue, texts);
        Session session = stage.session(Session.DUPS_OK_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(queue);
        Expect.text(consumer, texts);
        session.close();
        Expect.nothing(stage.session().createConsumer(queue));
    }

    static void individualTakesOnlyThatOne(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "a", "b", "c");
        Session session = stage.session(Stage.INDIVIDUAL);
        MessageConsumer consumer = session.createConsumer(queue);
        Expect.text(consumer, "a");
        TextMessage middle = Expect.text(consumer, "b");
        Expect.text(consumer, "c");
        middle.acknowledge();
        session.close();
        MessageConsumer rest = stage.session().createConsumer(queue);
        Expect.text(rest, "a", "c");
        Expect.nothing(rest);
    }

    static void recoverRedeliversTheUnacknowledged(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "a", "b", "c");
        Session session = stage.session(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(queue);
        Expect.text(consumer, "a").acknowledge();
        Expect.that(!Expect.text(consumer, "b").getJMSRedelivered(), "b comes for the first time");
        session.recover();
        Expect.that(Expect.text(consumer, "b").getJMSRedelivered(), "b is redelivered");
        Expect.that(!Expect.text(consumer, "c").getJMSRedelivered(), "c comes for the first time");
    }

    static void closingAConsumerReturnsItsMessages(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "a", "b", "c");
        Session session = stage.session(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(queue);
        Expect.text(consumer, "a");
        session.close();
        MessageConsumer next = stage.session().createConsumer(queue);
        TextMessage seen = Expect.text(next, "a");
        Expect.equal(2, seen.getIntProperty("JMSXDeliveryCount"), "deliveries of a");
        TextMessage unseen = Expect.text(next, "b");
        Expect.equal(1, unseen.getIntProperty("JMSXDeliveryCount"), "deliveries of b");
        Expect.text(next, "c");
    }

    static void aFullWindowWaitsForTheAcknowledgement(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer =
                session.createConsumer(stage.queue(queue, "consumer.prefetchSize=3"));
        String[] texts = new String[20];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = "m" + i;
        }
        stage.send(queue, texts);
        for (String text : texts) {
            Expect.text(consumer, text).acknowledge();
        }
        Expect.nothing(consumer);
    }

    static void optimizedAcknowledgeLosesNothing(Stage stage) throws Exception {
        Queue queue = stage.queue();
        var factory = stage.factory();
        factory.setOptimizeAcknowledge(true);
        Session session = stage.open(factory, null).createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageConsumer consumer =
                session.createConsumer(stage.queue(queue, "consumer.prefetchSize=10"));
        String[] texts = new String[95];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = "m" + i;
        }
        stage.send(queue, texts);
        Expect.text(consumer, texts);
        session.close();
        Expect.nothing(stage.session().createConsumer(queue));
    }
}
