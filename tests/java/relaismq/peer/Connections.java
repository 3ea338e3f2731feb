package relaismq.peer;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;
import javax.jms.JMSException;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.transport.TransportListener;

/** Opens connections and reports what happens to them as events. */
final class Connections {
    private Connections() {}

    static ActiveMQConnection open(JsonNode command, Consumer<Map<String, Object>> events)
            throws JMSException {
        String name = command.path("name").asText();
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(command.path("url").asText());
        factory.setTrustAllPackages(false);
        if (command.hasNonNull("user")) {
            factory.setUserName(command.get("user").asText());
            factory.setPassword(command.path("password").asText());
        }
        ActiveMQConnection connection = (ActiveMQConnection) factory.createConnection();
        try {
            if (command.hasNonNull("client_id")) {
                connection.setClientID(command.get("client_id").asText());
            }
            connection.addTransportListener(new Reporter(name, events));
            connection.setExceptionListener(failure -> events.accept(Map.of(
                    "event", "exception", "on", name, "error", JmsPeer.describe(failure))));
            connection.start();
            return connection;
        } catch (JMSException failure) {
            connection.close();
            throw failure;
        }
    }

    /** Turns the life of a transport into events. */
    private record Reporter(String connection, Consumer<Map<String, Object>> events)
            implements TransportListener {
        @Override
        public void onCommand(Object command) {
            // Every command would be too much.
        }

        @Override
        public void onException(IOException error) {
            events.accept(Map.of(
                    "event", "transport_failed", "on", connection, "error", JmsPeer.describe(error)));
        }

        @Override
        public void transportInterupted() {
            events.accept(Map.of("event", "interrupted", "on", connection));
        }

        @Override
        public void transportResumed() {
            events.accept(Map.of("event", "resumed", "on", connection));
        }
    }
}
