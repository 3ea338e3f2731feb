package relaismq.suite;

import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Random;
import javax.jms.BytesMessage;
import javax.jms.JMSException;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageNotWriteableException;
import javax.jms.ObjectMessage;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.StreamMessage;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnectionFactory;

/** Bodies of every type. */
final class MessageChecks {
    private static final String TEXT = "\u0000 a \u00e9 \u20ac \ud83d\ude00 z";

    /** Without NUL and surrogates: the 5.17 client garbles both when it reads a map or a property. */
    private static final Object[] VALUES = {
        true, (byte) -7, (short) 300, -70_000, 1L << 40, 1.5f, Math.PI, 'x', "a \u00e9 \u20ac",
        new byte[] {0, -1, 127}, Float.NaN, Double.NEGATIVE_INFINITY, null
    };

    private MessageChecks() {}

    static void text(Stage stage) throws Exception {
        Session session = stage.session();
        TextMessage sent = session.createTextMessage(TEXT);
        Expect.equal(TEXT, ((TextMessage) pass(stage, session, sent)).getText(), "text");
        Message without = pass(stage, session, session.createTextMessage());
        Expect.equal(null, ((TextMessage) without).getText(), "no text");
        Message empty = pass(stage, session, session.createTextMessage(""));
        Expect.equal("", ((TextMessage) empty).getText(), "empty text");
    }

    static void bytes(Stage stage) throws Exception {
        Session session = stage.session();
        BytesMessage sent = session.createBytesMessage();
        sent.writeUTF(TEXT);
        sent.writeLong(Long.MIN_VALUE);
        sent.writeDouble(Math.E);
        BytesMessage received = (BytesMessage) pass(stage, session, sent);
        Expect.equal(TEXT, received.readUTF(), "UTF");
        Expect.equal(Long.MIN_VALUE, received.readLong(), "long");
        Expect.equal(Math.E, received.readDouble(), "double");
        BytesMessage empty = (BytesMessage) pass(stage, session, session.createBytesMessage());
        Expect.equal(0L, empty.getBodyLength(), "length of an empty body");
    }

    static void map(Stage stage) throws Exception {
        Session session = stage.session();
        MapMessage sent = session.createMapMessage();
        for (int i = 0; i < VALUES.length; i++) {
            sent.setObject("value" + i, VALUES[i]);
        }
        MapMessage received = (MapMessage) pass(stage, session, sent);
        for (int i = 0; i < VALUES.length; i++) {
            Expect.equal(VALUES[i], received.getObject("value" + i), "value " + i);
        }
        Expect.equal(VALUES.length, count(received.getMapNames()), "entries");
    }

    static void stream(Stage stage) throws Exception {
        Session session = stage.session();
        StreamMessage sent = session.createStreamMessage();
        for (Object value : VALUES) {
            sent.writeObject(value);
        }
        StreamMessage received = (StreamMessage) pass(stage, session, sent);
        for (int i = 0; i < VALUES.length; i++) {
            Expect.equal(VALUES[i], received.readObject(), "value " + i);
        }
        Expect.failure(javax.jms.MessageEOFException.class, received::readObject);
    }

    static void object(Stage stage) throws Exception {
        ActiveMQConnectionFactory factory = stage.factory();
        factory.setTrustedPackages(List.of("java.lang", "java.util"));
        Session session = stage.open(factory, null).createSession(false, Session.AUTO_ACKNOWLEDGE);
        ArrayList<Integer> sent = new ArrayList<>(List.of(1, 2, 3));
        ObjectMessage received = (ObjectMessage) pass(stage, session, session.createObjectMessage(sent));
        Expect.equal(sent, received.getObject(), "object");
    }

    static void withoutBody(Stage stage) throws Exception {
        Session session = stage.session();
        Message sent = session.createMessage();
        sent.setStringProperty("only", "a property");
        Expect.equal("a property", pass(stage, session, sent).getStringProperty("only"), "property");
    }

    static void large(Stage stage) throws Exception {
        byte[] body = new byte[1 << 20];
        new Random(1).nextBytes(body);
        Session session = stage.session();
        BytesMessage sent = session.createBytesMessage();
        sent.writeBytes(body);
        expectBytes(body, (BytesMessage) pass(stage, session, sent));
    }

    static void compressed(Stage stage) throws Exception {
        ActiveMQConnectionFactory factory = stage.factory();
        factory.setUseCompression(true);
        Session session = stage.open(factory, null).createSession(false, Session.AUTO_ACKNOWLEDGE);
        String text = "again and ".repeat(10_000);
        TextMessage received = (TextMessage) pass(stage, session, session.createTextMessage(text));
        Expect.equal(text, received.getText(), "text");
        byte[] body = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        BytesMessage sent = session.createBytesMessage();
        sent.writeBytes(body);
        expectBytes(body, (BytesMessage) pass(stage, session, sent));
        MapMessage map = session.createMapMessage();
        map.setString("text", text);
        Expect.equal(text, ((MapMessage) pass(stage, session, map)).getString("text"), "map entry");
    }

    static void receivedMessagesAreReadOnly(Stage stage) throws Exception {
        Session session = stage.session();
        TextMessage received = (TextMessage) pass(stage, session, session.createTextMessage("a"));
        Expect.failure(MessageNotWriteableException.class, () -> received.setText("b"));
        Expect.failure(MessageNotWriteableException.class, () -> received.setIntProperty("n", 1));
    }

    static void forwardingKeepsTheContent(Stage stage) throws Exception {
        Session session = stage.session();
        TextMessage original = session.createTextMessage("on and on");
        original.setIntProperty("n", 1);
        Message once = pass(stage, session, original);
        TextMessage twice = (TextMessage) pass(stage, session, once);
        Expect.equal("on and on", twice.getText(), "text");
        Expect.equal(1, twice.getIntProperty("n"), "property");
    }

    private static int count(Enumeration<?> elements) {
        int count = 0;
        for (; elements.hasMoreElements(); elements.nextElement()) {
            count++;
        }
        return count;
    }

    private static void expectBytes(byte[] expected, BytesMessage message) throws JMSException {
        byte[] body = new byte[(int) message.getBodyLength()];
        message.readBytes(body);
        Expect.that(java.util.Arrays.equals(expected, body), "the same bytes");
    }

    private static Message pass(Stage stage, Session session, Message message) throws JMSException {
        Queue queue = stage.queue();
        MessageConsumer consumer = session.createConsumer(queue);
        session.createProducer(queue).send(message);
        Message received = Expect.message(consumer);
        Expect.equal(message.getClass(), received.getClass(), "class");
        return received;
    }
}
