package relaismq.peer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.InflaterInputStream;
import javax.jms.BytesMessage;
import javax.jms.JMSException;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageEOFException;
import javax.jms.StreamMessage;
import javax.jms.TextMessage;
import org.apache.activemq.command.ActiveMQObjectMessage;
import org.apache.activemq.util.ByteSequence;

/** Describes a received JMS message completely: headers, properties and body with their types. */
final class MessageWriter {
    private MessageWriter() {}

    static Map<String, Object> write(Message message) throws JMSException {
        Map<String, Object> description = new LinkedHashMap<>();
        headers(message, description);
        description.put("properties", properties(message));
        body(message, description);
        return description;
    }

    private static void headers(Message message, Map<String, Object> into) throws JMSException {
        into.put("id", message.getJMSMessageID());
        into.put("destination", text(message.getJMSDestination()));
        into.put("reply_to", text(message.getJMSReplyTo()));
        into.put("correlation_id", message.getJMSCorrelationID());
        into.put("type", message.getJMSType());
        into.put("delivery_mode", message.getJMSDeliveryMode());
        into.put("priority", message.getJMSPriority());
        into.put("timestamp", message.getJMSTimestamp());
        into.put("expiration", message.getJMSExpiration());
        into.put("redelivered", message.getJMSRedelivered());
        into.put("group", message.getStringProperty("JMSXGroupID"));
        into.put("group_sequence", message.getObjectProperty("JMSXGroupSeq"));
        into.put("delivery_count", message.getIntProperty("JMSXDeliveryCount"));
    }

    private static Map<String, Object> properties(Message message) throws JMSException {
        Map<String, Object> properties = new LinkedHashMap<>();
        Enumeration<?> names = message.getPropertyNames();
        while (names.hasMoreElements()) {
            String name = (String) names.nextElement();
            properties.put(name, Values.write(message.getObjectProperty(name)));
        }
        return properties;
    }

    private static void body(Message message, Map<String, Object> into) throws JMSException {
        if (message instanceof TextMessage) {
            put(into, "text", ((TextMessage) message).getText());
        } else if (message instanceof BytesMessage) {
            put(into, "bytes", bytes((BytesMessage) message));
        } else if (message instanceof MapMessage) {
            put(into, "map", map((MapMessage) message));
        } else if (message instanceof StreamMessage) {
            put(into, "stream", stream((StreamMessage) message));
        } else if (message instanceof ActiveMQObjectMessage) {
            put(into, "object", object((ActiveMQObjectMessage) message));
        } else {
            put(into, "message", null);
        }
    }

    private static void put(Map<String, Object> into, String kind, Object body) {
        into.put("kind", kind);
        into.put("body", body);
    }

    private static String bytes(BytesMessage message) throws JMSException {
        byte[] bytes = new byte[(int) message.getBodyLength()];
        message.readBytes(bytes);
        message.reset();
        return Values.hex(bytes);
    }

    private static Map<String, Object> map(MapMessage message) throws JMSException {
        Map<String, Object> entries = new LinkedHashMap<>();
        Enumeration<?> names = message.getMapNames();
        while (names.hasMoreElements()) {
            String name = (String) names.nextElement();
            entries.put(name, Values.write(message.getObject(name)));
        }
        return entries;
    }

    private static List<Object> stream(StreamMessage message) throws JMSException {
        List<Object> values = new ArrayList<>();
        try {
            while (true) {
                values.add(Values.write(message.readObject()));
            }
        } catch (MessageEOFException end) {
            message.reset();
            return values;
        }
    }

    /** The serialized object as it is, never deserialized; inflated if the sender compressed it. */
    private static String object(ActiveMQObjectMessage message) {
        ByteSequence content = message.getContent();
        if (content == null) {
            return null;
        }
        InputStream bytes =
                new ByteArrayInputStream(content.getData(), content.getOffset(), content.getLength());
        try (InputStream plain = message.isCompressed() ? new InflaterInputStream(bytes) : bytes) {
            return Values.hex(plain.readAllBytes());
        } catch (IOException corrupt) {
            throw new UncheckedIOException(corrupt);
        }
    }

    private static String text(Object destination) {
        return destination == null ? null : destination.toString();
    }
}
