#!/usr/bin/env bash
# Apache ActiveMQ 6.3.1: a message of a Java client with a property `destination`, `type`, `priority` ..., and a STOMP
# consumer.
#
# The header `destination` of a MESSAGE frame is "the destination the message was sent to"
# (https://stomp.github.io/stomp-specification-1.2.html#MESSAGE), and by ActiveMQ's page on STOMP `expires`, `priority`
# and `type` are JMSExpiration, JMSPriority and JMSType
# (https://activemq.apache.org/components/classic/documentation/stomp). Any Java identifier may name a JMS property.
#
# ActiveMQ writes the properties after its own headers into one map: a property with the name of a header takes its
# place. A consumer that answers, counts redeliveries or sorts by destination reads what the sender wrote. (What a STOMP
# client sends cannot do this: there these names are taken for the headers.)
#
# Seen: destination, type, priority, timestamp, expires and redelivered are the sender's properties, and the JMS
# headers are gone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-stomp</artifactId><version>6.3.1</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$folder/jars"

cat > Headers.java <<'JAVA'
import jakarta.jms.*;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.transport.stomp.*;

public class Headers {
    public static void main(String[] none) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setPersistent(false);
        broker.setUseJmx(false);
        String url = broker.addConnector("tcp://127.0.0.1:0").getConnectUri().toString();
        int port = broker.addConnector("stomp://127.0.0.1:0").getConnectUri().getPort();
        broker.start();
        StompConnection stomp = new StompConnection();
        stomp.open("127.0.0.1", port);
        stomp.connect("", "");
        stomp.subscribe("/queue/parcels");
        Connection connection = new ActiveMQConnectionFactory(url).createConnection();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Message message = session.createTextMessage("a parcel");
        message.setJMSType("parcel");
        message.setStringProperty("destination", "Lyon");
        message.setStringProperty("type", "fragile");
        message.setStringProperty("priority", "express");
        message.setStringProperty("timestamp", "Monday");
        message.setStringProperty("expires", "Friday");
        message.setBooleanProperty("redelivered", true);
        session.createProducer(session.createQueue("parcels")).send(message);
        StompFrame frame = stomp.receive(10_000);
        for (String name : "destination type priority timestamp expires redelivered".split(" ")) {
            System.out.println(name + ":" + frame.getHeaders().get(name));
        }
        System.exit(0);
    }
}
JAVA
timeout 300 java -cp "$folder/jars/*" Headers.java 2> errors | tee seen
diff - seen <<'SEEN'
destination:Lyon
type:fragile
priority:express
timestamp:Monday
expires:Friday
redelivered:true
SEEN
