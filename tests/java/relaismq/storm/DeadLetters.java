package relaismq.storm;

import java.util.Enumeration;
import java.util.Map;
import java.util.TreeMap;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.QueueBrowser;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnectionFactory;

/** Looks at the dead letter queue. */
final class DeadLetters {
    private final ActiveMQConnectionFactory factory;

    DeadLetters(ActiveMQConnectionFactory factory) {
        this.factory = factory;
    }

    /** How many there are, by the reason that is written on them. */
    Map<String, Integer> count() throws JMSException {
        Map<String, Integer> causes = new TreeMap<>();
        Connection connection = factory.createConnection();
        connection.start();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        QueueBrowser browser = session.createBrowser(session.createQueue("ActiveMQ.DLQ"));
        Enumeration<?> messages = browser.getEnumeration();
        while (messages.hasMoreElements()) {
            Message message = (Message) messages.nextElement();
            String cause = message.getStringProperty("dlqDeliveryFailureCause");
            causes.merge(Ledger.withoutNumbers(cause), 1, Integer::sum);
        }
        connection.close();
        return causes;
    }
}
