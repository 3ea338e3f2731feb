package relaismq.suite;

import javax.jms.Connection;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;
import javax.jms.Topic;

/** Local transactions. */
final class TransactionChecks {
    private TransactionChecks() {}

    static void commitMakesSendsVisible(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session(Session.SESSION_TRANSACTED);
        MessageConsumer consumer = stage.session().createConsumer(queue);
        Stage.send(session, queue, "a", "b");
        Expect.nothing(consumer);
        session.commit();
        Expect.text(consumer, "a", "b");
    }

    static void rollbackForgetsSends(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session(Session.SESSION_TRANSACTED);
        MessageConsumer consumer = stage.session().createConsumer(queue);
        Stage.send(session, queue, "never");
        session.rollback();
        Stage.send(session, queue, "after");
        session.commit();
        Expect.text(consumer, "after");
        Expect.nothing(consumer);
    }

    static void rollbackRedeliversInOrder(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "a", "b", "c");
        Session session = stage.session(Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(queue);
        Expect.text(consumer, "a", "b");
        session.rollback();
        TextMessage again = Expect.text(consumer, "a");
        Expect.that(again.getJMSRedelivered(), "a is redelivered");
        Expect.equal(2, again.getIntProperty("JMSXDeliveryCount"), "deliveries of a");
        Expect.text(consumer, "b", "c");
        session.commit();
        Expect.nothing(consumer);
    }

    static void commitTakesWhatWasReceived(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "a", "b", "c");
        Session session = stage.session(Session.SESSION_TRANSACTED);
        Expect.text(session.createConsumer(queue), "a", "b");
        session.commit();
        session.close();
        MessageConsumer rest = stage.session().createConsumer(queue);
        Expect.text(rest, "c");
        Expect.nothing(rest);
    }

    static void closingRollsBack(Stage stage) throws Exception {
        Queue from = stage.queue();
        Queue to = stage.queue();
        stage.send(from, "a");
        Connection connection = stage.connect();
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        Expect.text(session.createConsumer(from), "a");
        Stage.send(session, to, "half done");
        connection.close();
        Expect.text(stage.session().createConsumer(from), "a");
        Expect.nothing(stage.session().createConsumer(to));
    }

    static void sendAndReceiveAreOneUnit(Stage stage) throws Exception {
        Queue from = stage.queue();
        Queue to = stage.queue();
        stage.send(from, "work");
        Session session = stage.session(Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(from);
        MessageConsumer results = stage.session().createConsumer(to);
        Expect.text(consumer, "work");
        Stage.send(session, to, "wrong result");
        session.rollback();
        Expect.text(consumer, "work");
        Stage.send(session, to, "result");
        session.commit();
        Expect.text(results, "result");
        Expect.nothing(results);
    }

    static void receivesMoreThanThePrefetch(Stage stage) throws Exception {
        Queue queue = stage.queue();
        String[] texts = new String[30];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = "m" + i;
        }
        stage.send(queue, texts);
        Session session = stage.session(Session.SESSION_TRANSACTED);
        MessageConsumer consumer =
                session.createConsumer(stage.queue(queue, "consumer.prefetchSize=5"));
        Expect.text(consumer, texts);
        session.rollback();
        Expect.text(consumer, texts);
        session.commit();
        Expect.nothing(consumer);
    }

    static void coversTopicsAndDurableSubscriptions(Stage stage) throws Exception {
        Topic topic = stage.topic();
        Session durable = stage.connectAs(stage.name()).createSession(true, Session.SESSION_TRANSACTED);
        MessageConsumer consumer = durable.createDurableSubscriber(topic, "in transaction");
        Session session = stage.session(Session.SESSION_TRANSACTED);
        Stage.send(session, topic, "a");
        Expect.nothing(consumer);
        session.commit();
        Expect.text(consumer, "a");
        durable.rollback();
        Expect.that(Expect.text(consumer, "a").getJMSRedelivered(), "a is redelivered");
        durable.commit();
        Expect.nothing(consumer);
    }

    static void aClosedConsumersWorkIsStillCommitted(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "a", "b");
        Session session = stage.session(Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(queue);
        Expect.text(consumer, "a");
        consumer.close();
        session.commit();
        MessageConsumer rest = stage.session().createConsumer(queue);
        Expect.text(rest, "b");
        Expect.nothing(rest);
    }

    static void emptyTransactionsAreNoTrouble(Stage stage) throws Exception {
        Session session = stage.session(Session.SESSION_TRANSACTED);
        session.commit();
        session.rollback();
        Queue queue = stage.queue();
        Stage.send(session, queue, "a");
        session.commit();
        Expect.text(stage.session().createConsumer(queue), "a");
    }
}
