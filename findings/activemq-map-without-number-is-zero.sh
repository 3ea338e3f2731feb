#!/usr/bin/env bash
# activemq-client 6.3.1 beside Qpid JMS 2.7.0 and the core client of Artemis 2.55.0: MapMessage.getInt and its kin, for
# a name that is not in the map, or whose value is null.
#
# "Attempting to read a null value as a primitive type must be treated as calling the primitive's corresponding
# valueOf(String) conversion method with a null value", and a missing name counts as null (Jakarta Messaging 3.1, API of
# MapMessage; as in JMS 1.1). So whole numbers raise a NumberFormatException, float and double a NullPointerException;
# only a boolean is false. The properties of the same message are read so by activemq-client, too.
#
# From a map activemq-client gives 0: a misspelt name, or a sender that left an amount out, is an amount of nothing.
#
# Seen: 0 where the two others raise an error.
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

cat > Zero.java <<'JAVA'
import jakarta.jms.*;
import java.util.concurrent.Callable;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.broker.BrokerService;

public class Zero {
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
            Queue queue = session.createTemporaryQueue();
            MapMessage sent = session.createMapMessage();
            sent.setObject("amount", null);
            session.createProducer(queue).send(sent);
            MapMessage map = (MapMessage) session.createConsumer(queue).receive(10_000);
            System.out.println(client + ", null: " + tell(() -> map.getInt("amount")) + ", " + tell(() -> map.getDouble("amount")));
            System.out.println(client + ", no such name: " + tell(() -> map.getLong("amuont")) + ", " + tell(() -> map.getFloat("amuont")));
            System.out.println(client + ", no such property: " + tell(() -> map.getLongProperty("amuont")));
        }
    }

    static String tell(Callable<?> reading) {
        try {
            return "" + reading.call();
        } catch (Exception error) {
            return error.getClass().getSimpleName();
        }
    }
}
JAVA
timeout 300 java -cp "$folder/jars/*" Zero.java 2> errors | tee seen
diff - seen <<'SEEN'
activemq-client, null: 0, 0.0
activemq-client, no such name: 0, 0.0
activemq-client, no such property: NumberFormatException
Qpid JMS, null: NumberFormatException, NullPointerException
Qpid JMS, no such name: NumberFormatException, NullPointerException
Qpid JMS, no such property: NumberFormatException
Artemis, null: NumberFormatException, NullPointerException
Artemis, no such name: NumberFormatException, NullPointerException
Artemis, no such property: NumberFormatException
SEEN
