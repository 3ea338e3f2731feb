#!/usr/bin/env bash
# Apache ActiveMQ 6.3.1 between its own Java client (OpenWire) and Qpid JMS 2.7.0 (AMQP 1.0), with
# transport.transformer=jms: a StreamMessage with an array of bytes among its items.
#
# The transformer "maps ... the body of the AMQP message to the JMS body", and a list or an AmqpSequence is a
# StreamMessage (https://activemq.apache.org/components/classic/documentation/amqp). An array of bytes may be an item of
# a StreamMessage (Jakarta Messaging 3.1, StreamMessage.writeBytes), and AMQP has a type for it, binary.
#
# From OpenWire to AMQP the array is put as it is into an AMQP list, whose encoder wants arrays of objects: a
# ClassCastException in the broker's log. The receiver never gets the message; it is in flight with it until it ends,
# and then the next AMQP receiver has it, likewise. What comes behind it is delivered. From AMQP to OpenWire
# the stream is not understood: a BytesMessage with the raw frame comes instead. Without the array all is well, but that
# a stream from OpenWire is an ObjectMessage with a list for Qpid JMS.
#
# Seen: as said. An OpenWire consumer still gets the message, once the AMQP receiver is gone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-amqp</artifactId><version>6.3.1</version></dependency>
    <dependency><groupId>org.apache.qpid</groupId><artifactId>qpid-jms-client</artifactId><version>2.7.0</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$folder/jars"

cat > Streams.java <<'JAVA'
import jakarta.jms.*;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerService;
import org.apache.qpid.jms.JmsConnectionFactory;

public class Streams {
    public static void main(String[] none) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setPersistent(false);
        broker.setUseJmx(false);
        String url = broker.addConnector("tcp://127.0.0.1:0").getConnectUri().toString();
        int port = broker.addConnector("amqp://127.0.0.1:0?transport.transformer=jms").getConnectUri().getPort();
        broker.start();
        Session openWire = session(new ActiveMQConnectionFactory(url));
        Session amqp = session(new JmsConnectionFactory("amqp://127.0.0.1:" + port));
        for (Object item : new Object[] {7, new byte[] {1, 2}}) {
            String name = item.getClass().getSimpleName();
            Queue there = openWire.createQueue("to AMQP with " + name), back = openWire.createQueue("to OpenWire with " + name);
            see(openWire, amqp, there, item);
            MessageConsumer rest = openWire.createConsumer(there);
            System.out.println("left: " + type(rest.receive(2_000)));
            see(amqp, openWire, back, item);
        }
        System.exit(0);
    }

    static Session session(ConnectionFactory factory) throws Exception {
        Connection connection = factory.createConnection();
        connection.start();
        return connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    }

    static void see(Session from, Session to, Queue queue, Object item) throws Exception {
        MessageProducer producer = from.createProducer(from.createQueue(queue.getQueueName()));
        StreamMessage stream = from.createStreamMessage();
        stream.writeString("first");
        stream.writeObject(item);
        producer.send(stream);
        producer.send(from.createTextMessage("behind it"));
        MessageConsumer consumer = to.createConsumer(to.createQueue(queue.getQueueName()));
        String one = type(consumer.receive(4_000)), two = type(consumer.receive(4_000));
        System.out.println(queue.getQueueName() + ": " + one + ", " + two);
        consumer.close();
    }

    static String type(Message message) {
        return message == null ? "nothing" : message.getClass().getSimpleName().replaceAll("^(ActiveMQ|Jms)", "");
    }
}
JAVA
timeout 300 java -cp "$folder/jars/*" Streams.java 2> errors | tee seen
diff - seen <<'SEEN'
to AMQP with Integer: ObjectMessage, TextMessage
left: nothing
to OpenWire with Integer: StreamMessage, TextMessage
to AMQP with byte[]: TextMessage, nothing
left: StreamMessage
to OpenWire with byte[]: BytesMessage, TextMessage
SEEN
