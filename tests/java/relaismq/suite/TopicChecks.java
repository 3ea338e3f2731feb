package relaismq.suite;

import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.Topic;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;

/** Publish and subscribe. */
final class TopicChecks {
    private TopicChecks() {}

    static void everySubscriberGetsACopy(Stage stage) throws Exception {
        Topic topic = stage.topic();
        MessageConsumer one = stage.session().createConsumer(topic);
        MessageConsumer two = stage.session().createConsumer(topic);
        Stage.send(stage.session(), topic, "a", "b");
        Expect.text(one, "a", "b");
        Expect.text(two, "a", "b");
    }

    static void nothingFromBeforeTheSubscription(Stage stage) throws Exception {
        Topic topic = stage.topic();
        Stage.send(stage.session(), topic, "early");
        MessageConsumer consumer = stage.session().createConsumer(topic);
        Stage.send(stage.session(), topic, "late");
        Expect.text(consumer, "late");
        Expect.nothing(consumer);
    }

    static void noLocalHidesTheConnectionsOwn(Stage stage) throws Exception {
        Topic topic = stage.topic();
        Session own = stage.session();
        MessageConsumer others = own.createConsumer(topic, null, true);
        MessageConsumer all = own.createConsumer(topic, null, false);
        Stage.send(own, topic, "own");
        Stage.send(stage.session(), topic, "foreign");
        Expect.text(others, "foreign");
        Expect.text(all, "own", "foreign");
    }

    static void selectorsFilterPerSubscriber(Stage stage) throws Exception {
        Topic topic = stage.topic();
        Session session = stage.session();
        MessageConsumer red = session.createConsumer(topic, "JMSType = 'red'");
        MessageConsumer blue = session.createConsumer(topic, "JMSType = 'blue'");
        SelectorChecks.sendTyped(session, topic, "red", "blue", "green");
        Expect.text(red, "red");
        Expect.text(blue, "blue");
        Expect.nothing(red);
        Expect.nothing(blue);
    }

    static void aSmallPrefetchLosesNothing(Stage stage) throws Exception {
        Topic topic = stage.session().createTopic(stage.name() + "?consumer.prefetchSize=2");
        MessageConsumer consumer = stage.session().createConsumer(topic);
        String[] texts = new String[50];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = "m" + i;
        }
        Session session = stage.session();
        Stage.send(session, session.createTopic(topic.getTopicName().split("\\?")[0]), texts);
        Expect.text(consumer, texts);
    }

    static void aSubscriberFarBehindLosesNothing(Stage stage) throws Exception {
        Topic topic = stage.topic();
        ActiveMQConnectionFactory small = stage.factory();
        small.getPrefetchPolicy().setTopicPrefetch(10);
        MessageConsumer consumer =
                stage.open(small, null)
                        .createSession(false, Session.AUTO_ACKNOWLEDGE)
                        .createConsumer(topic);
        ActiveMQConnectionFactory fast = stage.factory();
        fast.setUseAsyncSend(true);
        Session session =
                stage.open(fast, null).createSession(false, Session.AUTO_ACKNOWLEDGE);
        String large = "x".repeat(10_000);
        MessageProducer producer = session.createProducer(topic);
        for (int i = 0; i < 3000; i++) {
            producer.send(session.createTextMessage(i + large));
        }
        for (int i = 0; i < 3000; i++) {
            Expect.text(consumer, i + large);
        }
    }

    static void aClosedSubscriberGetsNothing(Stage stage) throws Exception {
        Topic topic = stage.topic();
        ActiveMQConnection connection = stage.connect();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        session.createConsumer(topic).close();
        Stage.send(session, topic, "unheard");
        MessageConsumer consumer = session.createConsumer(topic);
        Expect.nothing(consumer);
    }
}
