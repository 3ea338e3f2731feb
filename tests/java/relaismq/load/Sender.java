package relaismq.load;

import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.jms.BytesMessage;
import javax.jms.JMSException;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQMessageProducer;
import org.apache.activemq.AsyncCallback;
import org.apache.activemq.command.ActiveMQDestination;

/** One producer with its own connection. */
final class Sender implements AutoCloseable {
    private static final int IN_FLIGHT = 1000;

    private final Workload workload;
    private final ActiveMQDestination destination;
    private final ActiveMQConnection connection;
    private final Session session;
    private final ActiveMQMessageProducer producer;
    private final byte[] body;

    Sender(Workload workload, int number) throws JMSException {
        this.workload = workload;
        destination = workload.destination(number);
        body = new byte[workload.size()];
        Arrays.fill(body, (byte) '.');
        connection = (ActiveMQConnection) workload.factory().createConnection();
        boolean transacted = workload.transaction() > 0;
        session = connection.createSession(
                transacted, transacted ? Session.SESSION_TRANSACTED : Session.AUTO_ACKNOWLEDGE);
        producer = (ActiveMQMessageProducer) session.createProducer(destination);
        producer.setDeliveryMode(workload.deliveryMode());
        connection.start();
    }

    /** Sends so many messages and returns when the broker has confirmed them all. */
    void send(int count, AtomicLong sent) throws Exception {
        if (workload.callback()) {
            sendWithCallbacks(count, sent);
        } else {
            sendInTurn(count, sent);
        }
        if (workload.transaction() > 0) {
            session.commit();
        }
        confirmEarlierCommands();
    }

    private void sendInTurn(int count, AtomicLong sent) throws JMSException {
        for (int i = 1; i <= count; i++) {
            producer.send(message());
            if (workload.transaction() > 0 && i % workload.transaction() == 0) {
                session.commit();
            }
            sent.incrementAndGet();
        }
    }

    private void sendWithCallbacks(int count, AtomicLong sent) throws Exception {
        Semaphore window = new Semaphore(IN_FLIGHT);
        AtomicReference<JMSException> failure = new AtomicReference<>();
        for (int i = 0; i < count && failure.get() == null; i++) {
            window.acquire();
            producer.send(message(), new Confirmation(window, failure, sent));
        }
        window.acquire(IN_FLIGHT);
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    /** A broker works through the commands of one connection in order, so any answered one will do. */
    private void confirmEarlierCommands() throws JMSException {
        session.createProducer(destination).close();
    }

    private BytesMessage message() throws JMSException {
        BytesMessage message = session.createBytesMessage();
        message.writeBytes(body);
        return message;
    }

    @Override
    public void close() throws JMSException {
        connection.close();
    }

    /** Frees one place of the window. */
    private record Confirmation(
            Semaphore window, AtomicReference<JMSException> failure, AtomicLong sent)
            implements AsyncCallback {
        @Override
        public void onSuccess() {
            sent.incrementAndGet();
            window.release();
        }

        @Override
        public void onException(JMSException exception) {
            failure.compareAndSet(null, exception);
            window.release();
        }
    }
}
