#!/usr/bin/env bash
# activemq-client 6.3.1 and the core client of Artemis 2.55.0, beside Qpid JMS 2.7.0: reading a StreamMessage that has
# one array of bytes behind another.
#
# StreamMessage.readBytes (Jakarta Messaging 3.1 API, as in JMS 1.1): call it "until it returns a value less than the
# length of the read buffer"; only "a value equal to the length of the buffer" asks for another call, which then
# returns -1. So with a buffer of four bytes, an array of three takes one call, an empty one takes one call, and an
# array that is null gives -1.
#
# The clients of ActiveMQ and Artemis want the call that returns -1 after every array. A reader that follows the
# documentation takes this -1 for the second array being null, and all that follows is shifted. An array that is null
# raises a MessageFormatException. If something else than an array comes next, nothing goes wrong.
#
# Seen: 3, -1, then a failure, where Qpid JMS gives 3, 2 and the number.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.artemis</groupId><artifactId>artemis-jakarta-server</artifactId><version>2.55.0</version></dependency>
    <dependency><groupId>org.apache.artemis</groupId><artifactId>artemis-jakarta-client</artifactId><version>2.55.0</version></dependency>
    <dependency><groupId>org.apache.artemis</groupId><artifactId>artemis-amqp-protocol</artifactId><version>2.55.0</version></dependency>
    <dependency><groupId>org.apache.qpid</groupId><artifactId>qpid-jms-client</artifactId><version>2.7.0</version></dependency>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-broker</artifactId><version>6.3.1</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$folder/jars"

cat > Arrays.java <<'JAVA'
import jakarta.jms.*;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.broker.BrokerService;

public class Arrays {
    public static void main(String[] none) throws Exception {
        EmbeddedActiveMQ artemis = new EmbeddedActiveMQ();
        artemis.setConfiguration(new ConfigurationImpl()
                .setSecurityEnabled(false).setPersistenceEnabled(false).setJMXManagementEnabled(false)
                .addAcceptorConfiguration("all", "tcp://127.0.0.1:0?protocols=CORE,AMQP"));
        artemis.start();
        int port = ((NettyAcceptor) artemis.getActiveMQServer().getRemotingService().getAcceptor("all")).getActualPort();
        BrokerService activemq = new BrokerService();
        activemq.setPersistent(false);
        activemq.setUseJmx(false);
        String url = activemq.addConnector("tcp://127.0.0.1:0").getConnectUri().toString();
        activemq.start();
        look("activemq-client", new org.apache.activemq.ActiveMQConnectionFactory(url));
        look("Qpid JMS", new org.apache.qpid.jms.JmsConnectionFactory("amqp://127.0.0.1:" + port));
        look("Artemis", new org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory("tcp://127.0.0.1:" + port));
        System.exit(0);
    }

    static void look(String client, ConnectionFactory factory) throws Exception {
        try (Connection connection = factory.createConnection()) {
            connection.start();
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            System.out.println(client + ", 3 and 2: " + read(session, new byte[3], new byte[2]));
            System.out.println(client + ", 0 and 2: " + read(session, new byte[0], new byte[2]));
            System.out.println(client + ", null and 2: " + read(session, null, new byte[2]));
        }
    }

    /** What a reader gets that has a buffer of four bytes and knows that two arrays and the number 7 come. */
    static String read(Session session, byte[] first, byte[] second) throws Exception {
        Queue queue = session.createTemporaryQueue();
        StreamMessage message = session.createStreamMessage();
        message.writeObject(first);
        message.writeObject(second);
        message.writeInt(7);
        session.createProducer(queue).send(message);
        StreamMessage stream = (StreamMessage) session.createConsumer(queue).receive(10_000);
        String read = "";
        try {
            read += stream.readBytes(new byte[4]);
            read += ", " + stream.readBytes(new byte[4]);
            return read + ", then " + stream.readInt();
        } catch (MessageFormatException wrong) {
            return read + (read.isEmpty() ? "" : ", ") + "MessageFormatException";
        }
    }
}
JAVA
timeout 300 java -cp "$folder/jars/*" Arrays.java 2> errors | tee seen
diff - seen <<'SEEN'
activemq-client, 3 and 2: 3, -1, MessageFormatException
activemq-client, 0 and 2: 0, -1, MessageFormatException
activemq-client, null and 2: MessageFormatException
Qpid JMS, 3 and 2: 3, 2, then 7
Qpid JMS, 0 and 2: 0, 2, then 7
Qpid JMS, null and 2: -1, 2, then 7
Artemis, 3 and 2: 3, -1, MessageFormatException
Artemis, 0 and 2: 0, -1, MessageFormatException
Artemis, null and 2: MessageFormatException
SEEN
