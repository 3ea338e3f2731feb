package relaismq.suite;

import java.util.Enumeration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageFormatException;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;

/** Headers and properties pass unchanged. */
final class PropertyChecks {
    private PropertyChecks() {}

    static void everyTypeArrives(Stage stage) throws Exception {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("aBoolean", true);
        properties.put("aByte", Byte.MIN_VALUE);
        properties.put("aShort", Short.MAX_VALUE);
        properties.put("anInt", Integer.MIN_VALUE);
        properties.put("aLong", Long.MAX_VALUE);
        properties.put("aFloat", Float.MIN_VALUE);
        properties.put("aDouble", Double.MAX_VALUE);
        properties.put("aString", "\u00e9\u20ac");
        properties.put("aLongString", "x".repeat(70_000));
        Session session = stage.session();
        Message sent = session.createMessage();
        for (Map.Entry<String, Object> property : properties.entrySet()) {
            sent.setObjectProperty(property.getKey(), property.getValue());
        }
        Message received = pass(stage, session, sent);
        for (String name : properties.keySet()) {
            Expect.equal(properties.get(name), received.getObjectProperty(name), name);
        }
        Expect.equal(properties.keySet(), names(received), "names");
    }

    static void typesConvertAsInJms(Stage stage) throws Exception {
        Session session = stage.session();
        Message sent = session.createMessage();
        sent.setByteProperty("small", (byte) 5);
        sent.setStringProperty("digits", "17");
        Message received = pass(stage, session, sent);
        Expect.equal(5L, received.getLongProperty("small"), "byte as long");
        Expect.equal(17, received.getIntProperty("digits"), "text as int");
        Expect.failure(MessageFormatException.class, () -> received.getDoubleProperty("small"));
    }

    static void headersArrive(Stage stage) throws Exception {
        Session session = stage.session();
        Queue queue = stage.queue();
        Queue replies = stage.queue();
        MessageConsumer consumer = stage.session().createConsumer(queue);
        TextMessage sent = session.createTextMessage("headers");
        sent.setJMSCorrelationID("correlation");
        sent.setJMSType("type");
        sent.setJMSReplyTo(replies);
        session.createProducer(queue).send(sent, DeliveryMode.NON_PERSISTENT, 9, 3_600_000);
        Message received = Expect.text(consumer, "headers");
        Expect.equal("correlation", received.getJMSCorrelationID(), "correlation");
        Expect.equal("type", received.getJMSType(), "type");
        Expect.equal(replies, received.getJMSReplyTo(), "reply to");
        Expect.equal(queue, received.getJMSDestination(), "destination");
        Expect.equal(9, received.getJMSPriority(), "priority");
        Expect.equal(DeliveryMode.NON_PERSISTENT, received.getJMSDeliveryMode(), "delivery mode");
        Expect.equal(sent.getJMSMessageID(), received.getJMSMessageID(), "identifier");
        Expect.equal(sent.getJMSTimestamp(), received.getJMSTimestamp(), "time");
        Expect.equal(sent.getJMSExpiration(), received.getJMSExpiration(), "expiration");
        Expect.equal(false, received.getJMSRedelivered(), "redelivered");
        Expect.equal(1, received.getIntProperty("JMSXDeliveryCount"), "deliveries");
    }

    static void everyPriorityArrives(Stage stage) throws Exception {
        Session session = stage.session();
        Queue queue = stage.queue();
        MessageProducer producer = session.createProducer(queue);
        for (int priority = 0; priority <= 9; priority++) {
            producer.setPriority(priority);
            producer.send(session.createTextMessage("p" + priority));
        }
        MessageConsumer consumer = stage.session().createConsumer(queue);
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i <= 9; i++) {
            TextMessage message = (TextMessage) Expect.message(consumer);
            Expect.equal(message.getText(), "p" + message.getJMSPriority(), "priority");
            seen.add(message.getJMSPriority());
        }
        Expect.equal(10, seen.size(), "priorities seen");
    }

    static void identifiersAreUnique(Stage stage) throws Exception {
        Session session = stage.session();
        Queue queue = stage.queue();
        MessageConsumer consumer = session.createConsumer(queue);
        Stage.send(session, queue, "a", "b");
        Stage.send(stage.session(), queue, "c");
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            seen.add(Expect.message(consumer).getJMSMessageID());
        }
        Expect.equal(3, seen.size(), "identifiers");
    }

    private static Set<String> names(Message message) throws JMSException {
        Set<String> names = new HashSet<>();
        Enumeration<?> found = message.getPropertyNames();
        while (found.hasMoreElements()) {
            names.add((String) found.nextElement());
        }
        names.removeIf(name -> name.startsWith("JMSX"));
        return names;
    }

    private static Message pass(Stage stage, Session session, Message message) throws JMSException {
        Queue queue = stage.queue();
        MessageConsumer consumer = stage.session().createConsumer(queue);
        session.createProducer(queue).send(message);
        return Expect.message(consumer);
    }
}
