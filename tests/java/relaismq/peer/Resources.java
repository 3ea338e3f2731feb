package relaismq.peer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQTempDestination;

/** JMS objects by the names that the commands gave them. */
final class Resources {
    private final Map<String, Object> named = new ConcurrentHashMap<>();
    private final Map<Long, Message> messages = new ConcurrentHashMap<>();
    private final Map<String, ActiveMQTempDestination> temporaries = new ConcurrentHashMap<>();
    private final AtomicLong handles = new AtomicLong();

    void keep(String name, Object resource) {
        named.put(name, resource);
    }

    <T> T get(JsonNode command, String field, Class<T> type) {
        String name = command.path(field).asText();
        Object found = named.get(name);
        if (!type.isInstance(found)) {
            throw new IllegalArgumentException(field + " names no " + type.getSimpleName() + ": " + name);
        }
        return type.cast(found);
    }

    long keepMessage(Message message) {
        long handle = handles.incrementAndGet();
        messages.put(handle, message);
        return handle;
    }

    Message message(JsonNode command) {
        return messages.get(command.path("handle").asLong());
    }

    String keepTemporary(ActiveMQDestination destination) {
        temporaries.put(destination.toString(), (ActiveMQTempDestination) destination);
        return destination.toString();
    }

    void deleteTemporary(JsonNode command) throws JMSException {
        temporaries.get(command.path("destination").asText()).delete();
    }

    /** A temporary destination of our own must be the very object, since it knows its connection. */
    ActiveMQDestination destination(String name) {
        ActiveMQDestination own = temporaries.get(name);
        return own == null ? MessageReader.destination(name) : own;
    }

    void close(String name) throws JMSException {
        Object resource = named.remove(name);
        if (resource instanceof Connection) {
            ((Connection) resource).close();
        } else if (resource instanceof Session) {
            ((Session) resource).close();
        } else if (resource instanceof MessageProducer) {
            ((MessageProducer) resource).close();
        } else if (resource instanceof MessageConsumer) {
            ((MessageConsumer) resource).close();
        } else {
            throw new IllegalArgumentException("nothing to close: " + name);
        }
    }
}
