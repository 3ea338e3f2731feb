package relaismq.suite;

import javax.jms.Connection;
import javax.jms.ConnectionMetaData;
import javax.jms.IllegalStateException;
import javax.jms.InvalidClientIDException;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;

/** Opening, naming and closing connections. */
final class ConnectionChecks {
    private ConnectionChecks() {}

    static void opensAndCloses(Stage stage) throws Exception {
        for (int i = 0; i < 20; i++) {
            ActiveMQConnection connection = stage.connect();
            connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            connection.close();
            Expect.that(connection.isClosed(), "the connection is closed");
        }
    }

    static void learnsTheBrokersName(Stage stage) throws Exception {
        ActiveMQConnection connection = stage.connect();
        String name = connection.getBrokerName();
        Expect.that(name != null && !name.isEmpty(), "a broker name, not " + name);
        Expect.that(connection.getBrokerInfo().getBrokerId() != null, "a broker identifier");
    }

    static void knowsItsProvider(Stage stage) throws Exception {
        ConnectionMetaData about = stage.connect().getMetaData();
        Expect.equal("ActiveMQ", about.getJMSProviderName(), "provider");
        // The package was given its new name with version 3.
        int version = ConnectionMetaData.class.getName().startsWith("javax") ? 1 : 3;
        Expect.equal(version, about.getJMSMajorVersion(), "JMS version");
    }

    static void refusesAClientIdInUse(Stage stage) throws Exception {
        String clientId = stage.name();
        stage.connectAs(clientId);
        Expect.failure(InvalidClientIDException.class, () -> stage.connectAs(clientId));
    }

    static void freesTheClientIdOnClose(Stage stage) throws Exception {
        String clientId = stage.name();
        for (int i = 0; i < 3; i++) {
            stage.connectAs(clientId).close();
        }
        stage.connectAs(clientId);
        Expect.failure(InvalidClientIDException.class, () -> stage.connectAs(clientId));
    }

    static void holdsMessagesWhileStopped(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Connection connection = stage.connect();
        connection.stop();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(queue);
        stage.send(queue, "later");
        Expect.nothing(consumer);
        connection.start();
        Expect.text(consumer, "later");
    }

    static void refusesWorkAfterClose(Stage stage) throws Exception {
        ActiveMQConnection connection = stage.connect();
        connection.close();
        Expect.failure(org.apache.activemq.ConnectionClosedException.class,
                () -> connection.createSession(false, Session.AUTO_ACKNOWLEDGE));
        Expect.that(IllegalStateException.class.isAssignableFrom(
                org.apache.activemq.ConnectionClosedException.class), "an IllegalStateException");
    }

    static void returnsMessagesOfAClosedConnection(Stage stage) throws Exception {
        Queue queue = stage.queue();
        stage.send(queue, "a", "b");
        Connection first = stage.connect();
        Session session = first.createSession(false, Session.CLIENT_ACKNOWLEDGE);
        Expect.text(session.createConsumer(queue), "a", "b");
        first.close();
        MessageConsumer consumer = stage.session().createConsumer(queue);
        Expect.that(Expect.text(consumer, "a").getJMSRedelivered(), "a is redelivered");
        Expect.text(consumer, "b");
    }

    static void manySessionsShareAConnection(Stage stage) throws Exception {
        Connection connection = stage.connect();
        for (int i = 0; i < 30; i++) {
            Queue queue = stage.queue();
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            Stage.send(session, queue, "of session " + i);
            Expect.text(session.createConsumer(queue), "of session " + i);
        }
    }
}
