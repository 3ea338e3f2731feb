#!/usr/bin/env bash
# Apache ActiveMQ Artemis 2.55.0 with the OpenWire Java client activemq-client 5.19.7, prefetch 0.
#
# JMS says that `MessageConsumer.receive()` without an argument waits until there is a message or the
# consumer is closed. With prefetch 0 the client sends a MessagePull with timeout 0 ("no limit") and waits
# for an answer. ActiveMQ 5.19.7 answers when there is a message. Artemis answers at once that there is
# none, and `receive()` returns null: a loop around it never rests.
#
# Seen: Artemis: null after some milliseconds. ActiveMQ: still waiting after two seconds, then the message.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.artemis</groupId><artifactId>artemis-server</artifactId><version>2.55.0</version></dependency>
    <dependency><groupId>org.apache.artemis</groupId><artifactId>artemis-openwire-protocol</artifactId><version>2.55.0</version>
      <exclusions><exclusion><groupId>org.apache.artemis</groupId><artifactId>artemis-jms-client</artifactId></exclusion></exclusions></dependency>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>artemis-jms-client</artifactId><version>2.44.0</version>
      <exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-broker</artifactId><version>5.19.7</version>
      <exclusions><exclusion><groupId>org.apache.activemq</groupId><artifactId>activemq-openwire-legacy</artifactId></exclusion></exclusions></dependency>
  </dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$folder/jars"

cat > Pull.java <<'JAVA'
import javax.jms.*;
import java.util.concurrent.*;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.broker.BrokerService;

public class Pull {
    public static void main(String[] none) throws Exception {
        EmbeddedActiveMQ artemis = new EmbeddedActiveMQ();
        artemis.setConfiguration(new ConfigurationImpl()
                .setSecurityEnabled(false).setPersistenceEnabled(false).setJMXManagementEnabled(false)
                .addAcceptorConfiguration("openwire", "tcp://127.0.0.1:0?protocols=OPENWIRE"));
        artemis.start();
        int port = ((NettyAcceptor) artemis.getActiveMQServer().getRemotingService().getAcceptor("openwire")).getActualPort();
        System.out.println("Artemis: " + receive("tcp://127.0.0.1:" + port));
        BrokerService activemq = new BrokerService();
        activemq.setPersistent(false);
        activemq.setUseJmx(false);
        String url = activemq.addConnector("tcp://127.0.0.1:0").getConnectUri().toString();
        activemq.start();
        System.out.println("ActiveMQ: " + receive(url));
        System.exit(0);
    }

    static String receive(String url) throws Exception {
        Connection connection = new ActiveMQConnectionFactory(url + "?jms.prefetchPolicy.all=0").createConnection();
        connection.start();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(session.createQueue("empty"));
        Future<Message> received = Executors.newSingleThreadExecutor().submit(() -> consumer.receive());
        try {
            return received.get(2, TimeUnit.SECONDS) == null ? "null at once" : "a message";
        } catch (TimeoutException waiting) {
            Session other = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            other.createProducer(other.createQueue("empty")).send(other.createTextMessage("late"));
            return "waits, then " + ((TextMessage) received.get(10, TimeUnit.SECONDS)).getText();
        }
    }
}
JAVA
java -cp "$folder/jars/*" Pull.java 2> errors | tee seen
printf 'Artemis: null at once\nActiveMQ: waits, then late\n' | diff - seen
