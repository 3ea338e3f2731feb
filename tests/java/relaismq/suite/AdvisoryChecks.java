package relaismq.suite;

import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.advisory.AdvisorySupport;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQTextMessage;
import org.apache.activemq.command.ConnectionInfo;

/** What monitors listen for. */
final class AdvisoryChecks {
    private AdvisoryChecks() {}

    static void deadLettersAreTold(Stage stage) throws Exception {
        Queue queue = stage.queue();
        MessageConsumer monitor =
                stage.session()
                        .createConsumer(
                                AdvisorySupport.getMessageDLQdAdvisoryTopic(
                                        (ActiveMQDestination) queue));
        stage.send(queue, "poison");
        ActiveMQConnectionFactory factory = stage.factory();
        factory.getRedeliveryPolicy().setMaximumRedeliveries(0);
        Session session =
                stage.open(factory, null).createSession(true, Session.SESSION_TRANSACTED);
        MessageConsumer consumer = session.createConsumer(queue);
        Expect.text(consumer, "poison");
        session.rollback();
        Expect.nothing(consumer);
        expectAbout(queue, Expect.message(monitor));
    }

    static void expiredMessagesAreTold(Stage stage) throws Exception {
        Queue queue = stage.queue();
        Session session = stage.session();
        MessageConsumer monitor =
                session.createConsumer(
                        AdvisorySupport.getExpiredQueueMessageAdvisoryTopic(
                                (ActiveMQDestination) queue));
        MessageProducer producer = session.createProducer(queue);
        producer.setTimeToLive(100);
        Message message = session.createTextMessage("short-lived");
        producer.send(message);
        while (System.currentTimeMillis() <= message.getJMSExpiration()) {
            Thread.onSpinWait();
        }
        Expect.nothing(session.createConsumer(queue));
        Message advisory = Expect.message(monitor);
        expectAbout(queue, advisory);
        Expect.equal(
                message.getJMSMessageID(),
                advisory.getStringProperty(AdvisorySupport.MSG_PROPERTY_MESSAGE_ID),
                "which");
    }

    static void connectionsAreToldWithTheirAddress(Stage stage) throws Exception {
        MessageConsumer monitor =
                stage.session().createConsumer(AdvisorySupport.getConnectionAdvisoryTopic());
        String clientId = stage.name();
        stage.connectAs(clientId);
        ConnectionInfo info;
        do {
            ActiveMQMessage advisory = (ActiveMQMessage) Expect.message(monitor);
            boolean opened = advisory.getDataStructure() instanceof ConnectionInfo;
            info = opened ? (ConnectionInfo) advisory.getDataStructure() : null;
        } while (info == null || !clientId.equals(info.getClientId()));
        Expect.that(info.getClientIp().startsWith("tcp://127.0.0.1:"), info.getClientIp());
    }

    /** Without its body. */
    private static void expectAbout(Queue queue, Message advisory) throws Exception {
        ActiveMQTextMessage about =
                (ActiveMQTextMessage) ((ActiveMQMessage) advisory).getDataStructure();
        Expect.equal(queue, about.getJMSDestination(), "destination");
        Expect.equal(null, about.getContent(), "content");
    }
}
