package relaismq.doubt;

import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.TextMessage;
import javax.jms.XASession;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.apache.activemq.ActiveMQXAConnection;
import org.apache.activemq.ActiveMQXAConnectionFactory;
import relaismq.Branch;
import relaismq.Options;

/**
 * A transaction manager that dies between the two phases, and one that comes after it.
 *
 * <p>{@code --do prepare}: in one branch "old" is received from {@code doubt.from} and "new" is sent to
 * {@code doubt.to}; prints {@code prepared}, and the process is gone. {@code --do commit} and {@code --do
 * rollback}: prints how many branches are in doubt, decides them, and prints what is in the two queues.
 */
public final class InDoubt {
    private static final long SOON = 5_000;
    private static final long BRIEFLY = 500;

    private InDoubt() {}

    /** Options: {@code --url URL --do prepare|commit|rollback}. */
    public static void main(String[] arguments) throws Exception {
        Options options = new Options(arguments).only("url", "do");
        ActiveMQXAConnection connection = (ActiveMQXAConnection)
                new ActiveMQXAConnectionFactory(options.required("url")).createXAConnection();
        connection.start();
        if (options.required("do").equals("prepare")) {
            prepare(connection);
        } else {
            decide(connection, options.required("do").equals("commit"));
        }
        System.out.flush();
        // As if it were killed: nothing is closed.
        Runtime.getRuntime().halt(0);
    }

    private static void prepare(ActiveMQXAConnection connection) throws Exception {
        XASession session = connection.createXASession();
        XAResource resource = session.getXAResource();
        Branch first = Branch.anew();
        resource.start(first, XAResource.TMNOFLAGS);
        send(session, "doubt.from", "old", "other");
        resource.end(first, XAResource.TMSUCCESS);
        resource.commit(first, true);
        Branch branch = Branch.anew();
        resource.start(branch, XAResource.TMNOFLAGS);
        MessageConsumer consumer =
                session.createConsumer(session.createQueue("doubt.from?consumer.prefetchSize=1"));
        if (consumer.receive(SOON) == null) {
            throw new IllegalStateException("nothing was received");
        }
        send(session, "doubt.to", "new");
        resource.end(branch, XAResource.TMSUCCESS);
        resource.prepare(branch);
        System.out.println("prepared");
    }

    private static void decide(ActiveMQXAConnection connection, boolean commit) throws Exception {
        XASession session = connection.createXASession();
        XAResource resource = session.getXAResource();
        Xid[] branches = resource.recover(XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN);
        System.out.println("in doubt " + branches.length);
        for (Xid branch : branches) {
            if (commit) {
                resource.commit(branch, false);
            } else {
                resource.rollback(branch);
            }
        }
        Branch branch = Branch.anew();
        resource.start(branch, XAResource.TMNOFLAGS);
        print(session, "doubt.from");
        print(session, "doubt.to");
        resource.end(branch, XAResource.TMSUCCESS);
        resource.commit(branch, true);
    }

    private static void send(XASession session, String queue, String... texts) throws Exception {
        MessageProducer producer = session.createProducer(session.createQueue(queue));
        for (String text : texts) {
            producer.send(session.createTextMessage(text));
        }
        producer.close();
    }

    private static void print(XASession session, String queue) throws Exception {
        MessageConsumer consumer = session.createConsumer(session.createQueue(queue));
        StringBuilder line = new StringBuilder(queue);
        for (TextMessage next = next(consumer); next != null; next = next(consumer)) {
            line.append(' ').append(next.getText());
        }
        System.out.println(line);
    }

    private static TextMessage next(MessageConsumer consumer) throws Exception {
        return (TextMessage) consumer.receive(BRIEFLY);
    }
}
