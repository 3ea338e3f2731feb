package relaismq.peer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.QueueBrowser;
import javax.jms.Session;
import javax.jms.Topic;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQSession;
import org.apache.activemq.command.ActiveMQDestination;

/** What the peer can be told to do: one method per operation, each reading its own fields. */
final class Operations {
    private final Consumer<Map<String, Object>> events;
    private final Resources resources = new Resources();

    Operations(Consumer<Map<String, Object>> events) {
        this.events = events;
    }

    /** Performs one command and returns what its answer carries, or null. */
    Object perform(JsonNode command) throws Exception {
        return switch (command.path("op").asText()) {
            case "connect" -> connect(command);
            case "start" -> run(() -> connection(command).start());
            case "stop" -> run(() -> connection(command).stop());
            case "session" -> session(command);
            case "producer" -> producer(command);
            case "send" -> send(command);
            case "consumer" -> consumer(command);
            case "receive" -> receive(command);
            case "acknowledge" -> run(() -> resources.message(command).acknowledge());
            case "recover" -> run(() -> useSession(command).recover());
            case "commit" -> run(() -> useSession(command).commit());
            case "rollback" -> run(() -> useSession(command).rollback());
            case "browse" -> browse(command);
            case "temporary" -> temporary(command);
            case "delete_temporary" -> run(() -> resources.deleteTemporary(command));
            case "unsubscribe" ->
                run(() -> useSession(command).unsubscribe(text(command, "subscription")));
            case "delete" -> run(() -> connection(command).destroyDestination(destination(command)));
            case "close" -> run(() -> resources.close(text(command, "name")));
            default -> throw new IllegalArgumentException("no such operation: " + command);
        };
    }

    private Object connect(JsonNode command) throws JMSException {
        ActiveMQConnection connection = Connections.open(command, events);
        resources.keep(text(command, "name"), connection);
        return Map.of("broker", connection.getBrokerName(), "client_id", connection.getClientID());
    }

    private Object session(JsonNode command) throws JMSException {
        String mode = text(command, "ack");
        int acknowledge = switch (mode) {
            case "auto" -> Session.AUTO_ACKNOWLEDGE;
            case "client" -> Session.CLIENT_ACKNOWLEDGE;
            case "dups_ok" -> Session.DUPS_OK_ACKNOWLEDGE;
            case "individual" -> ActiveMQSession.INDIVIDUAL_ACKNOWLEDGE;
            case "transacted" -> Session.SESSION_TRANSACTED;
            default -> throw new IllegalArgumentException("no such mode: " + mode);
        };
        Session session = connection(command)
                .createSession(acknowledge == Session.SESSION_TRANSACTED, acknowledge);
        resources.keep(text(command, "name"), session);
        return null;
    }

    private Object producer(JsonNode command) throws JMSException {
        MessageProducer producer = useSession(command).createProducer(destination(command));
        resources.keep(text(command, "name"), producer);
        return null;
    }

    private Object send(JsonNode command) throws JMSException {
        MessageProducer producer = resources.get(command, "producer", MessageProducer.class);
        Message message = MessageReader.read(command.path("message"), useSession(command));
        int mode = command.path("persistent").asBoolean(true) ? 2 : 1;
        int priority = command.path("priority").asInt(4);
        long timeToLive = command.path("ttl_ms").asLong(0);
        ActiveMQDestination destination = destination(command);
        if (destination == null) {
            producer.send(message, mode, priority, timeToLive);
        } else {
            producer.send(destination, message, mode, priority, timeToLive);
        }
        Map<String, Object> sent = new HashMap<>();
        sent.put("id", message.getJMSMessageID());
        sent.put("timestamp", message.getJMSTimestamp());
        sent.put("expiration", message.getJMSExpiration());
        return sent;
    }

    private Object consumer(JsonNode command) throws JMSException {
        Session session = useSession(command);
        String selector = text(command, "selector");
        String subscription = text(command, "subscription");
        boolean noLocal = command.path("no_local").asBoolean();
        MessageConsumer consumer = subscription == null
                ? session.createConsumer(destination(command), selector, noLocal)
                : session.createDurableSubscriber(
                        (Topic) destination(command), subscription, selector, noLocal);
        String name = text(command, "name");
        resources.keep(name, consumer);
        if (command.path("listen").asBoolean()) {
            consumer.setMessageListener(message -> tell(name, message));
        }
        return null;
    }

    private Object receive(JsonNode command) throws JMSException {
        MessageConsumer consumer = resources.get(command, "consumer", MessageConsumer.class);
        long timeout = command.path("timeout_ms").asLong();
        Message message = timeout == 0 ? consumer.receiveNoWait() : consumer.receive(timeout);
        return message == null ? null : received(message);
    }

    private Map<String, Object> received(Message message) throws JMSException {
        Map<String, Object> description = MessageWriter.write(message);
        description.put("handle", resources.keepMessage(message));
        return description;
    }

    private void tell(String consumer, Message message) {
        try {
            events.accept(Map.of("event", "message", "on", consumer, "message", received(message)));
        } catch (JMSException failure) {
            events.accept(Map.of("event", "failure", "on", consumer, "error", JmsPeer.describe(failure)));
        }
    }

    private Object browse(JsonNode command) throws JMSException {
        List<Object> found = new ArrayList<>();
        QueueBrowser browser = useSession(command)
                .createBrowser((javax.jms.Queue) destination(command), text(command, "selector"));
        Enumeration<?> messages = browser.getEnumeration();
        while (messages.hasMoreElements()) {
            found.add(MessageWriter.write((Message) messages.nextElement()));
        }
        browser.close();
        return found;
    }

    private Object temporary(JsonNode command) throws JMSException {
        Session session = useSession(command);
        boolean topic = text(command, "kind").equals("topic");
        return resources.keepTemporary((ActiveMQDestination)
                (topic ? session.createTemporaryTopic() : session.createTemporaryQueue()));
    }

    private ActiveMQConnection connection(JsonNode command) {
        return resources.get(command, "connection", ActiveMQConnection.class);
    }

    private Session useSession(JsonNode command) {
        return resources.get(command, "session", Session.class);
    }

    private ActiveMQDestination destination(JsonNode command) {
        String name = text(command, "destination");
        return name == null ? null : resources.destination(name);
    }

    private static String text(JsonNode command, String field) {
        return command.hasNonNull(field) ? command.get(field).asText() : null;
    }

    private static Object run(Action action) throws Exception {
        action.run();
        return null;
    }

    /** Something that is done for its effect. */
    private interface Action {
        void run() throws Exception;
    }
}
