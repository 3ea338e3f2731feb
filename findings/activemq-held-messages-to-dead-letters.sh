#!/usr/bin/env bash
# activemq-client 6.3.1 with ActiveMQ 6.3.1 (and both 5.18.7), `failover:`, and ActiveMQSession.INDIVIDUAL_ACKNOWLEDGE: messages that the
# program holds while the link breaks.
#
# Messages that have not been acknowledged are delivered again; to the dead letters go those that have been redelivered
# more than maximumRedeliveries times, six by default
# (https://activemq.apache.org/components/classic/documentation/message-redelivery-and-dlq-handling). The mode is for
# programs that work on several messages at a time and acknowledge each when it is done.
#
# After a break of the link that takes a moment the broker gives the messages again, for the first time. The client
# remembers that it has delivered them, takes them for duplicates, and in this mode acknowledges each as poison. All that
# was being worked on is in the dead letter queue at once, although nothing has failed. In CLIENT_ACKNOWLEDGE the same
# messages are delivered again.
#
# Seen: of five messages held, five dead letters and none delivered again; with CLIENT_ACKNOWLEDGE none and five.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-broker</artifactId><version>6.3.1</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$folder/jars"

cat > Held.java <<'JAVA'
import jakarta.jms.*;
import java.util.concurrent.CountDownLatch;
import org.apache.activemq.*;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.TransportConnection;
import org.apache.activemq.broker.TransportConnector;
import org.apache.activemq.transport.DefaultTransportListener;

public class Held {
    static TransportConnector connector;

    public static void main(String[] none) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setPersistent(false);
        broker.setUseJmx(false);
        connector = broker.addConnector("tcp://127.0.0.1:0");
        broker.start();
        look("CLIENT_ACKNOWLEDGE", Session.CLIENT_ACKNOWLEDGE);
        look("INDIVIDUAL_ACKNOWLEDGE", ActiveMQSession.INDIVIDUAL_ACKNOWLEDGE);
        System.exit(0);
    }

    static void look(String name, int mode) throws Exception {
        String url = connector.getConnectUri().toString();
        try (ActiveMQConnection connection = connect("failover:(" + url + ")"); ActiveMQConnection watching = connect(url)) {
            Session session = connection.createSession(false, mode);
            Queue queue = session.createQueue(name);
            for (int i = 0; i < 5; i++) {
                session.createProducer(queue).send(session.createMessage());
            }
            MessageConsumer consumer = session.createConsumer(queue);
            for (int i = 0; i < 5; i++) {
                consumer.receive(10_000);
            }
            cut(connection);
            int again = count(consumer);
            Session other = watching.createSession(false, Session.AUTO_ACKNOWLEDGE);
            int dead = count(other.createConsumer(other.createQueue("ActiveMQ.DLQ")));
            System.out.println(name + ": delivered again " + again + ", dead letters " + dead);
        }
    }

    static ActiveMQConnection connect(String url) throws Exception {
        ActiveMQConnection connection = (ActiveMQConnection) new ActiveMQConnectionFactory(url).createConnection();
        connection.start();
        return connection;
    }

    /** Ends the link as a broken network does, on the broker's side, and waits until the client has another one. */
    static void cut(ActiveMQConnection connection) throws Exception {
        CountDownLatch resumed = new CountDownLatch(1);
        connection.addTransportListener(new DefaultTransportListener() {
            @Override public void transportResumed() {
                resumed.countDown();
            }
        });
        for (TransportConnection link : connector.getConnections()) {
            if (link.getConnectionId().equals(connection.getConnectionInfo().getClientId())) {
                link.serviceTransportException(new java.io.IOException("cut"));
            }
        }
        resumed.await();
    }

    static int count(MessageConsumer consumer) throws Exception {
        int count = 0;
        while (consumer.receive(3_000) != null) {
            count++;
        }
        return count;
    }
}
JAVA
timeout 300 java -cp "$folder/jars/*" Held.java 2> errors | tee seen
diff - seen <<'SEEN'
CLIENT_ACKNOWLEDGE: delivered again 5, dead letters 0
INDIVIDUAL_ACKNOWLEDGE: delivered again 0, dead letters 5
SEEN
