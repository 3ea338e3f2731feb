package relaismq.storm;

import java.util.function.BooleanSupplier;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnectionFactory;

/** Sends persistent messages one after the other, each waited for. */
final class Producer {
    private static final long MOST_OPEN = 2_000;

    private final String name;
    private final ActiveMQConnectionFactory factory;
    private final String destination;
    private final Ledger ledger;

    Producer(String name, ActiveMQConnectionFactory factory, String destination, Ledger ledger) {
        this.name = name;
        this.factory = factory;
        this.destination = destination;
        this.ledger = ledger;
    }

    void run(BooleanSupplier goOn) throws Exception {
        Connection connection = factory.createConnection();
        connection.start();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(session.createQueue(destination));
        for (int number = 0; goOn.getAsBoolean(); number++) {
            ledger.awaitRoom(MOST_OPEN);
            String id = name + "-" + number;
            try {
                producer.send(session.createTextMessage(id));
                ledger.confirmed(id);
            } catch (JMSException failure) {
                ledger.notSent(failure.toString());
            }
        }
        connection.close();
    }
}
