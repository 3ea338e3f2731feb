package relaismq.load;

import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQSession;

/** One consumer with its own connection; counts what arrives in its listener. */
final class Receiver implements AutoCloseable {
    private static final int BATCH = 100;

    private final ActiveMQConnection connection;
    private final Session session;
    private int uncommitted;

    Receiver(Workload workload, int number, Runnable onMessage) throws JMSException {
        connection = (ActiveMQConnection) workload.factory().createConnection();
        boolean transacted = workload.acknowledge() == Session.SESSION_TRANSACTED;
        boolean individual = workload.acknowledge() == ActiveMQSession.INDIVIDUAL_ACKNOWLEDGE;
        session = connection.createSession(transacted, workload.acknowledge());
        MessageConsumer consumer = session.createConsumer(workload.destination(number));
        consumer.setMessageListener(message -> {
            if (transacted) {
                commitFullBatch();
            } else if (individual) {
                acknowledge(message);
            }
            onMessage.run();
        });
        connection.start();
    }

    private static void acknowledge(Message message) {
        try {
            message.acknowledge();
        } catch (JMSException failure) {
            throw new IllegalStateException(failure);
        }
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
