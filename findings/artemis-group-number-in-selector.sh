#!/usr/bin/env bash
# Apache ActiveMQ Artemis 2.55.0: a selector on JMSXGroupSeq.
#
# JMSXGroupID and JMSXGroupSeq are "standard properties"; "all providers must support them", and "JMSX properties may be
# referenced in message selectors" (Jakarta Messaging 3.1, API of Message; as in JMS 1.1). A consumer sees the number of
# a message as a property.
#
# For its own client and for OpenWire clients Artemis keeps the number apart from the properties and does not look there
# when it evaluates a selector: the property is absent, and the message waits for ever. The group's name is found. For
# clients of AMQP, and with ActiveMQ 5.19.7, the number is found, too.
#
# Seen: OpenWire and Artemis's own client: the name is found, the number is not. AMQP and ActiveMQ: both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.artemis</groupId><artifactId>artemis-server</artifactId><version>2.55.0</version></dependency>
    <dependency><groupId>org.apache.artemis</groupId><artifactId>artemis-amqp-protocol</artifactId><version>2.55.0</version>
      <exclusions><exclusion><groupId>org.apache.artemis</groupId><artifactId>artemis-jms-client</artifactId></exclusion></exclusions></dependency>
    <dependency><groupId>org.apache.artemis</groupId><artifactId>artemis-openwire-protocol</artifactId><version>2.55.0</version>
      <exclusions><exclusion><groupId>org.apache.artemis</groupId><artifactId>artemis-jms-client</artifactId></exclusion></exclusions></dependency>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>artemis-jms-client</artifactId><version>2.44.0</version>
      <exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>
    <dependency><groupId>org.apache.qpid</groupId><artifactId>qpid-jms-client</artifactId><version>1.13.0</version></dependency>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-broker</artifactId><version>5.19.7</version>
      <exclusions><exclusion><groupId>org.apache.activemq</groupId><artifactId>activemq-openwire-legacy</artifactId></exclusion></exclusions></dependency>
  </dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$folder/jars"

cat > Numbers.java <<'JAVA'
import javax.jms.*;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.broker.BrokerService;
import org.apache.qpid.jms.JmsConnectionFactory;

public class Numbers {
    public static void main(String[] none) throws Exception {
        EmbeddedActiveMQ artemis = new EmbeddedActiveMQ();
        artemis.setConfiguration(new ConfigurationImpl()
                .setSecurityEnabled(false).setPersistenceEnabled(false).setJMXManagementEnabled(false)
                .addAcceptorConfiguration("all", "tcp://127.0.0.1:0?protocols=CORE,OPENWIRE,AMQP"));
        artemis.start();
        String at = "127.0.0.1:" + ((NettyAcceptor) artemis.getActiveMQServer().getRemotingService().getAcceptor("all")).getActualPort();
        look("Artemis, OpenWire", new ActiveMQConnectionFactory("tcp://" + at));
        look("Artemis, its own client", new org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory("tcp://" + at));
        look("Artemis, AMQP", new JmsConnectionFactory("amqp://" + at));
        BrokerService activemq = new BrokerService();
        activemq.setPersistent(false);
        activemq.setUseJmx(false);
        String url = activemq.addConnector("tcp://127.0.0.1:0").getConnectUri().toString();
        activemq.start();
        look("ActiveMQ, OpenWire", new ActiveMQConnectionFactory(url));
        System.exit(0);
    }

    static void look(String name, ConnectionFactory factory) throws Exception {
        Connection connection = factory.createConnection();
        connection.start();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Queue queue = session.createQueue(name.replaceAll("\\W", "."));
        for (String selector : new String[] {"JMSXGroupID = 'orders'", "JMSXGroupSeq = 7", null}) {
            Message message = session.createMessage();
            message.setStringProperty("JMSXGroupID", "orders");
            message.setIntProperty("JMSXGroupSeq", 7);
            session.createProducer(queue).send(message);
            MessageConsumer consumer = session.createConsumer(queue, selector);
            Message found = consumer.receive(2_000);
            System.out.println(name + ", " + (selector == null ? "no selector" : selector) + ": "
                    + (found == null ? "nothing" : "number " + found.getIntProperty("JMSXGroupSeq")));
            consumer.close();
        }
        connection.close();
    }
}
JAVA
timeout 300 java -cp "$folder/jars/*" Numbers.java 2> errors | tee seen
diff - seen <<'SEEN'
Artemis, OpenWire, JMSXGroupID = 'orders': number 7
Artemis, OpenWire, JMSXGroupSeq = 7: nothing
Artemis, OpenWire, no selector: number 7
Artemis, its own client, JMSXGroupID = 'orders': number 7
Artemis, its own client, JMSXGroupSeq = 7: nothing
Artemis, its own client, no selector: number 7
Artemis, AMQP, JMSXGroupID = 'orders': number 7
Artemis, AMQP, JMSXGroupSeq = 7: number 7
Artemis, AMQP, no selector: number 7
ActiveMQ, OpenWire, JMSXGroupID = 'orders': number 7
ActiveMQ, OpenWire, JMSXGroupSeq = 7: number 7
ActiveMQ, OpenWire, no selector: number 7
SEEN
