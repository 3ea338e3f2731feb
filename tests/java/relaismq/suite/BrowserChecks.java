package relaismq.suite;

import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.QueueBrowser;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;

/** Looking at a queue without taking from it. */
final class BrowserChecks {
    private BrowserChecks() {}

    static void seesAllAndTakesNone(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session();
        stage.send(queue, "a", "b", "c");
        Expect.equal(List.of("a", "b", "c"), texts(session.createBrowser(queue)), "browsed");
        Expect.equal(List.of("a", "b", "c"), texts(session.createBrowser(queue)), "browsed again");
        MessageConsumer consumer = session.createConsumer(queue);
        Expect.that(!Expect.text(consumer, "a").getJMSRedelivered(), "browsing counts no delivery");
        Expect.text(consumer, "b", "c");
    }

    static void emptyQueueEndsAtOnce(Stage stage) throws Exception {
        QueueBrowser browser = stage.session().createBrowser(stage.queue());
        Expect.that(!browser.getEnumeration().hasMoreElements(), "nothing to browse");
    }

    static void passesItsPrefetch(Stage stage) throws Exception {
        Queue queue = stage.queue();
        String[] sent = new String[25];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = "m" + i;
        }
        stage.send(queue, sent);
        Queue inSmallSteps = stage.queue(queue, "consumer.prefetchSize=4");
        Expect.equal(List.of(sent), texts(stage.session().createBrowser(inSmallSteps)), "browsed");
    }

    static void seesAllWithoutAWindow(Stage stage) throws Exception {
        Queue queue = stage.queue();
        String[] sent = new String[100];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = "m" + i;
        }
        stage.send(queue, sent);
        ActiveMQConnectionFactory factory = stage.factory();
        factory.getPrefetchPolicy().setQueueBrowserPrefetch(0);
        ActiveMQConnection connection = stage.open(factory, null);
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Expect.equal(List.of(sent), texts(session.createBrowser(queue)), "browsed");
        connection.close();
    }

    static void honoursASelector(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session();
        MessageProducer producer = session.createProducer(queue);
        for (int i = 0; i < 6; i++) {
            TextMessage message = session.createTextMessage("m" + i);
            message.setIntProperty("third", i % 3);
            producer.send(message);
        }
        QueueBrowser browser = session.createBrowser(queue, "third = 1");
        Expect.equal(List.of("m1", "m4"), texts(browser), "browsed");
    }

    static void seesWhatWasSentAsynchronously(Stage stage) throws Exception {
        Queue queue = stage.queue();
        ActiveMQConnectionFactory factory = stage.factory();
        factory.setUseAsyncSend(true);
        ActiveMQConnection connection = stage.open(factory, null);
        String[] sent = new String[50];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = "m" + i;
        }
        Stage.send(connection.createSession(false, Session.AUTO_ACKNOWLEDGE), queue, sent);
        connection.close();
        Expect.equal(List.of(sent), texts(stage.session().createBrowser(queue)), "browsed");
    }

    static void seesRedelivery(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "a");
        Session session = stage.session(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(queue);
        Expect.text(consumer, "a");
        session.close();
        Enumeration<?> browsed = stage.session().createBrowser(queue).getEnumeration();
        Expect.that(browsed.hasMoreElements(), "something to browse");
        Message message = (Message) browsed.nextElement();
        Expect.that(message.getJMSRedelivered(), "it was delivered before");
    }

    static void leavesTheQueueToConsumers(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "a", "b");
        Session session = stage.session();
        Enumeration<?> browsing = session.createBrowser(queue).getEnumeration();
        Expect.that(browsing.hasMoreElements(), "a message to see");
        Expect.text(stage.session().createConsumer(queue), "a", "b");
    }

    private static List<String> texts(QueueBrowser browser) throws Exception {
        List<String> texts = new ArrayList<>();
        Enumeration<?> messages = browser.getEnumeration();
        while (messages.hasMoreElements()) {
            texts.add(((TextMessage) messages.nextElement()).getText());
        }
        browser.close();
        return texts;
    }
}
