package relaismq.suite;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import javax.jms.JMSException;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.Topic;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.ActiveMQSession;
import org.apache.activemq.ActiveMQXAConnection;
import org.apache.activemq.ActiveMQXAConnectionFactory;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;

/** What one check works with: connections that are closed at its end, and names of its own. */
final class Stage implements AutoCloseable {
    static final int INDIVIDUAL = ActiveMQSession.INDIVIDUAL_ACKNOWLEDGE;

    private final String url;
    private final String prefix;
    private final Deque<ActiveMQConnection> connections = new ArrayDeque<>();
    private int names;

    Stage(String url, String check) {
        this.url = url;
        prefix = "suite." + check + "." + UUID.randomUUID().toString().substring(0, 8);
    }

    /** A factory for the broker under test, with times that let a failing check end early. */
    ActiveMQConnectionFactory factory() {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url);
        factory.setConnectResponseTimeout(5_000);
        factory.setSendTimeout(10_000);
        factory.setCloseTimeout(2_000);
        return factory;
    }

    /** A started connection. */
    ActiveMQConnection connect() throws JMSException {
        return open(factory(), null);
    }

    /** A started connection with a client identifier. */
    ActiveMQConnection connectAs(String clientId) throws JMSException {
        return open(factory(), clientId);
    }

    /** A started connection from a factory with settings of the check's own. */
    ActiveMQConnection open(ActiveMQConnectionFactory factory, String clientId) throws JMSException {
        ActiveMQConnection connection = (ActiveMQConnection) factory.createConnection();
        connections.push(connection);
        if (clientId != null) {
            connection.setClientID(clientId);
        }
        connection.start();
        return connection;
    }

    /** A started connection for distributed transactions. */
    ActiveMQXAConnection connectForXa() throws JMSException {
        ActiveMQXAConnectionFactory factory = new ActiveMQXAConnectionFactory(url);
        factory.setSendTimeout(10_000);
        ActiveMQXAConnection connection = (ActiveMQXAConnection) factory.createXAConnection();
        connections.push(connection);
        connection.start();
        return connection;
    }

    /** A session with automatic acknowledgement on a connection of its own. */
    Session session() throws JMSException {
        return session(Session.AUTO_ACKNOWLEDGE);
    }

    /** A session on a connection of its own. */
    Session session(int mode) throws JMSException {
        return connect().createSession(mode == Session.SESSION_TRANSACTED, mode);
    }

    /** A queue that no other check uses. */
    Queue queue() {
        return new ActiveMQQueue(name());
    }

    /** A queue as {@link #queue()} with options such as {@code consumer.prefetchSize=1}. */
    Queue queue(Queue queue, String options) {
        String name = ((ActiveMQDestination) queue).getPhysicalName();
        return new ActiveMQQueue(name + "?" + options);
    }

    /** A topic that no other check uses. */
    Topic topic() {
        return new ActiveMQTopic(name());
    }

    /** A name that no other check uses. */
    String name() {
        names++;
        return prefix + "." + names;
    }

    /** Sends persistent texts from a connection of its own. */
    void send(ActiveMQDestination destination, String... texts) throws JMSException {
        ActiveMQConnection connection = connect();
        send(connection.createSession(false, Session.AUTO_ACKNOWLEDGE), destination, texts);
        connection.close();
    }

    /** Sends persistent texts to a queue from a connection of its own. */
    void send(Queue queue, String... texts) throws JMSException {
        send((ActiveMQDestination) queue, texts);
    }

    /** Sends persistent texts in a session. */
    static void send(Session session, javax.jms.Destination destination, String... texts)
            throws JMSException {
        MessageProducer producer = session.createProducer(destination);
        for (String text : texts) {
            producer.send(session.createTextMessage(text));
        }
        producer.close();
    }

    @Override
    public void close() {
        for (ActiveMQConnection connection : connections) {
            try {
                connection.close();
            } catch (JMSException alreadyBroken) {
                // The check itself has said what there is to say.
            }
        }
    }
}
