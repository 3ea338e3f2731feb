#!/usr/bin/env bash
# activemq-client 6.3.1 beside Qpid JMS 2.7.0 and the core client of Artemis 2.55.0: Message.clearProperties().
#
# "A message's properties are deleted by the clearProperties method. This leaves the message with an empty set of
# properties", and JMSXGroupID and JMSXGroupSeq are standard properties (Jakarta Messaging 3.1, API of Message; as in
# JMS 1.1). It is what one calls before a received message is given new properties and sent on.
#
# activemq-client keeps these two in fields of their own and does not clear them. The message that is sent on is still
# of the old group, with its old number: on the next queue all messages of the group go to one consumer. What helps is
# to set JMSXGroupID to null.
#
# Seen: the group is there after clearProperties and with the next consumer. The two others clear it (the number 0 is
# none).
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

cat > Cleared.java <<'JAVA'
import jakarta.jms.*;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.broker.BrokerService;

public class Cleared {
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
            Queue first = session.createTemporaryQueue(), next = session.createTemporaryQueue();
            Message message = session.createTextMessage("an order");
            message.setStringProperty("JMSXGroupID", "customer 1");
            message.setIntProperty("JMSXGroupSeq", 7);
            message.setStringProperty("colour", "red");
            session.createProducer(first).send(message);
            Message received = session.createConsumer(first).receive(10_000);
            received.clearProperties();
            System.out.println(client + ", cleared: " + say(received));
            session.createProducer(next).send(received);
            System.out.println(client + ", sent on: " + say(session.createConsumer(next).receive(10_000)));
        }
    }

    static String say(Message message) throws Exception {
        Object group = message.getObjectProperty("JMSXGroupID"), colour = message.getObjectProperty("colour");
        return "group " + group + ", number " + message.getObjectProperty("JMSXGroupSeq") + ", colour " + colour;
    }
}
JAVA
timeout 300 java -cp "$folder/jars/*" Cleared.java 2> errors | tee seen
diff - seen <<'SEEN'
activemq-client, cleared: group customer 1, number 7, colour null
activemq-client, sent on: group customer 1, number 7, colour null
Qpid JMS, cleared: group null, number 0, colour null
Qpid JMS, sent on: group null, number 0, colour null
Artemis, cleared: group null, number 0, colour null
Artemis, sent on: group null, number 0, colour null
SEEN
