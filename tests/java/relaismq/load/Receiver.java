package relaismq.load;

import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;

/** One consumer with its own connection; counts what arrives in its listener. */
final class Receiver implements AutoCloseable {
    private static final int BATCH = 100;

    private final ActiveMQConnection connection;
    private final Session session;
    private int uncommitted;

    Receiver(Workload workload, Runnable onMessage) throws JMSException {
        connection = (ActiveMQConnection) workload.factory().createConnection();
        boolean transacted = workload.acknowledge() == Session.SESSION_TRANSACTED;
        session = connection.createSession(transacted, workload.acknowledge());
        MessageConsumer consumer = session.createConsumer(workload.destination());
        consumer.setMessageListener(message -> {
            if (transacted) {
                commitFullBatch();
            }
            onMessage.run();
        });
        connection.start();
    }

    private void commitFullBatch() {
        uncommitted++;
        if (uncommitted == BATCH) {
            uncommitted = 0;
            try {
                session.commit();
            } catch (JMSException failure) {
                throw new IllegalStateException(failure);
            }
        }
    }

    @Override
    public void close() throws JMSException {
        connection.close();
    }
}
