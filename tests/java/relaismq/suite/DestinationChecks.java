package relaismq.suite;

import java.util.HashSet;
import java.util.Set;
import javax.jms.Destination;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;
import javax.jms.Topic;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;

/** Composite destinations, wildcards, virtual topics, removal and advisories. */
final class DestinationChecks {
    private DestinationChecks() {}

    static void compositeSendReachesEach(Stage stage) throws Exception {
        String one = stage.name();
        String two = stage.name();
        Session session = stage.session();
        MessageConsumer topic = session.createConsumer(new ActiveMQTopic(two));
        Stage.send(session, new ActiveMQQueue(one + ",topic://" + two), "to both");
        TextMessage copy = Expect.text(session.createConsumer(new ActiveMQQueue(one)), "to both");
        Expect.equal(new ActiveMQQueue(one), copy.getJMSDestination(), "destination of the copy");
        Expect.text(topic, "to both");
    }

    static void compositeConsumerTakesFromEach(Stage stage) throws Exception {
        String one = stage.name();
        String two = stage.name();
        Session session = stage.session();
        MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(one + "," + two));
        Stage.send(session, new ActiveMQQueue(one), "from one");
        TextMessage first = Expect.text(consumer, "from one");
        Expect.equal(new ActiveMQQueue(one), first.getJMSDestination(), "destination");
        Stage.send(session, new ActiveMQQueue(two), "from two");
        Expect.text(consumer, "from two");
    }

    static void starMatchesOneLevel(Stage stage) throws Exception {
        String base = stage.name();
        Session session = stage.session();
        MessageConsumer consumer = session.createConsumer(new ActiveMQTopic(base + ".*.price"));
        for (String name : new String[] {".a.price", ".a.b.price", ".price", ".b.price"}) {
            Stage.send(session, new ActiveMQTopic(base + name), name);
        }
        Expect.text(consumer, ".a.price", ".b.price");
        Expect.nothing(consumer);
    }

    static void arrowMatchesAllBelow(Stage stage) throws Exception {
        String base = stage.name();
        Session session = stage.session();
        MessageConsumer consumer = session.createConsumer(new ActiveMQTopic(base + ".>"));
        for (String name : new String[] {"", ".a", ".a.b", "x"}) {
            Stage.send(session, new ActiveMQTopic(base + name), "at " + name);
        }
        Expect.text(consumer, "at ", "at .a", "at .a.b");
        Expect.nothing(consumer);
    }

    static void wildcardQueuesIncludeNewOnes(Stage stage) throws Exception {
        String base = stage.name();
        Session session = stage.session();
        Stage.send(session, new ActiveMQQueue(base + ".old"), "old");
        MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(base + ".*"));
        TextMessage message = Expect.text(consumer, "old");
        Expect.equal(new ActiveMQQueue(base + ".old"), message.getJMSDestination(), "destination");
        Stage.send(session, new ActiveMQQueue(base + ".new"), "new");
        Expect.text(consumer, "new");
    }

    static void virtualTopicFeedsConsumerQueues(Stage stage) throws Exception {
        String name = "VirtualTopic." + stage.name();
        Session session = stage.session();
        MessageConsumer one = session.createConsumer(new ActiveMQQueue("Consumer.One." + name));
        MessageConsumer two = session.createConsumer(new ActiveMQQueue("Consumer.Two." + name));
        MessageConsumer plain = session.createConsumer(new ActiveMQTopic(name));
        Stage.send(session, new ActiveMQTopic(name), "to all");
        Expect.text(one, "to all");
        Expect.text(two, "to all");
        Expect.text(plain, "to all");
        one.close();
        Stage.send(session, new ActiveMQTopic(name), "kept");
        Expect.text(session.createConsumer(new ActiveMQQueue("Consumer.One." + name)), "kept");
    }

    static void removalForgetsMessages(Stage stage) throws Exception {
        Queue queue = stage.queue();
        ActiveMQConnection connection = stage.connect();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Stage.send(session, queue, "gone");
        connection.destroyDestination((ActiveMQDestination) queue);
        MessageConsumer consumer = session.createConsumer(queue);
        Expect.nothing(consumer);
        Expect.failure(JMSException.class,
                () -> connection.destroyDestination((ActiveMQDestination) queue));
    }

    static void knownQueuesAreAdvertised(Stage stage) throws Exception {
        Queue before = stage.queue();
        stage.send(before, "exists");
        ActiveMQConnection connection = stage.connect();
        var source = connection.getDestinationSource();
        Queue after = stage.queue();
        stage.send(after, "exists");
        Set<Destination> missing = new HashSet<>(Set.of(before, after));
        long end = System.nanoTime() + Expect.SOON * 1_000_000;
        while (!missing.isEmpty() && System.nanoTime() < end) {
            missing.removeAll(source.getQueues());
            Thread.onSpinWait();
        }
        Expect.that(missing.isEmpty(), "no advisory about " + missing);
    }

    static void queueAndTopicOfOneNameDiffer(Stage stage) throws Exception {
        String name = stage.name();
        Session session = stage.session();
        Topic topic = new ActiveMQTopic(name);
        MessageConsumer fromTopic = session.createConsumer(topic);
        MessageConsumer fromQueue = session.createConsumer(new ActiveMQQueue(name));
        Stage.send(session, topic, "by topic");
        Stage.send(session, new ActiveMQQueue(name), "by queue");
        Expect.text(fromTopic, "by topic");
        Expect.text(fromQueue, "by queue");
        Expect.nothing(fromTopic);
        Expect.nothing(fromQueue);
    }
}
