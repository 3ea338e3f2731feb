package relaismq.peer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import javax.jms.BytesMessage;
import javax.jms.JMSException;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.Session;
import javax.jms.StreamMessage;
import javax.jms.TextMessage;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQObjectMessage;
import org.apache.activemq.util.ByteSequence;

/** Makes JMS messages from their description in a command. */
final class MessageReader {
    private MessageReader() {}

    static Message read(JsonNode description, Session session) throws JMSException {
        Message message = body(description, session);
        for (Map.Entry<String, Object> property :
                Values.readAll(description.path("properties")).entrySet()) {
            message.setObjectProperty(property.getKey(), property.getValue());
        }
        if (description.hasNonNull("correlation_id")) {
            message.setJMSCorrelationID(description.get("correlation_id").asText());
        }
        if (description.hasNonNull("type")) {
            message.setJMSType(description.get("type").asText());
        }
        if (description.hasNonNull("reply_to")) {
            message.setJMSReplyTo(destination(description.get("reply_to").asText()));
        }
        return message;
    }

    /** A destination from text such as {@code queue://A}, {@code temp-topic://ID:...}; bare is a queue. */
    static ActiveMQDestination destination(String name) {
        return ActiveMQDestination.createDestination(name, ActiveMQDestination.QUEUE_TYPE);
    }

    private static Message body(JsonNode description, Session session) throws JMSException {
        JsonNode body = description.path("body");
        String kind = description.path("kind").asText();
        return switch (kind) {
            case "message" -> session.createMessage();
            case "text" -> session.createTextMessage(body.isNull() ? null : body.asText());
            case "bytes" -> bytes(body, session.createBytesMessage());
            case "map" -> map(body, session.createMapMessage());
            case "stream" -> stream(body, session.createStreamMessage());
            case "object" -> object(body, session);
            default -> throw new IllegalArgumentException("no such message kind: " + kind);
        };
    }

    private static BytesMessage bytes(JsonNode body, BytesMessage message) throws JMSException {
        message.writeBytes(Values.bytes(body.asText()));
        return message;
    }

    private static MapMessage map(JsonNode body, MapMessage message) throws JMSException {
        for (Map.Entry<String, Object> entry : Values.readAll(body).entrySet()) {
            message.setObject(entry.getKey(), entry.getValue());
        }
        return message;
    }

    private static StreamMessage stream(JsonNode body, StreamMessage message) throws JMSException {
        for (JsonNode value : body) {
            message.writeObject(Values.read(value));
        }
        return message;
    }

    /** The body is the serialized object itself, so that any object can be sent without its class. */
    private static Message object(JsonNode body, Session session) throws JMSException {
        ActiveMQObjectMessage message = (ActiveMQObjectMessage) session.createObjectMessage();
        message.setContent(new ByteSequence(Values.bytes(body.asText())));
        return message;
    }
}
