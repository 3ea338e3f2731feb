package relaismq.storm;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnectionFactory;

/** Receives in transactions of so many messages; what fails is rolled back and tried again. */
final class Consumer {
    private static final long PATIENCE_MS = 1_000;

    private final ActiveMQConnectionFactory factory;
    private final String destination;
    private final Ledger ledger;
    private final int size;
    private final List<String> open = new ArrayList<>();
    private Session session;

    Consumer(ActiveMQConnectionFactory factory, String destination, Ledger ledger, int size) {
        this.factory = factory;
        this.destination = destination;
        this.ledger = ledger;
        this.size = size;
    }

    /** A transaction that is not full waits for more, until the sending has ended. */
    void run(BooleanSupplier more, BooleanSupplier goOn) throws Exception {
        Connection connection = factory.createConnection();
        connection.start();
        session = connection.createSession(true, Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(session.createQueue(destination));
        while (goOn.getAsBoolean()) {
            TextMessage message = (TextMessage) consumer.receive(PATIENCE_MS);
            if (message != null) {
                ledger.delivered(message.getText());
                open.add(message.getText());
            }
            boolean rest = message == null && !open.isEmpty() && !more.getAsBoolean();
            if (open.size() == size || rest) {
                commit();
            }
        }
        connection.close();
    }

    private void commit() throws JMSException {
        try {
            session.commit();
            ledger.committed(open);
        } catch (JMSException failure) {
            ledger.failed(failure.toString(), open);
            session.rollback();
        }
        open.clear();
    }
}
