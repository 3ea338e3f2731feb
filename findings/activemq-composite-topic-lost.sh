#!/usr/bin/env bash
# Apache ActiveMQ 6.3.1 (and 5.18.7), broker with KahaDB and Java client, both as they are by default.
#
# A send to the composite topic `T.A,T.B` is a send to both topics
# (https://activemq.apache.org/components/classic/documentation/composite-destinations), and a subscription
# to `T.>` is one to both topics (.../wildcards). So a subscriber to `T.>` should get two messages, and a
# durable one should get them also if it was away meanwhile.
#
# The two copies have one message id. For topics the broker's durable subscriptions, and the client when its
# URL is `failover:`, look for duplicates by the id alone, without the topic. The second copy is taken for one:
# the persistent message is lost, in no dead letter queue, and the sender is told that all went well. Over a
# plain `tcp:` URL a subscription that is not durable gets both, and so do consumers of queues.
#
# Seen: the durable subscriber and the one behind failover get one of two.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-broker</artifactId><version>6.3.1</version></dependency>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-kahadb-store</artifactId><version>6.3.1</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$folder/jars"

cat > Copies.java <<'JAVA'
import java.util.*;
import jakarta.jms.*;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerService;

public class Copies {
    public static void main(String[] folder) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setDataDirectory(folder[0]);
        broker.setUseJmx(false);
        String url = broker.addConnector("tcp://127.0.0.1:0").getConnectUri().toString();
        broker.start();
        look("tcp", url);
        look("failover", "failover:(" + url + ")");
        broker.stop();
        System.exit(0);
    }

    static void look(String name, String url) throws Exception {
        Connection connection = new ActiveMQConnectionFactory(url).createConnection();
        connection.setClientID(name);
        connection.start();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageConsumer queues = session.createConsumer(session.createQueue("T.>"));
        send(session, session.createQueue("T.A,T.B"));
        System.out.println(name + ", queues: " + all(queues));
        queues.close();
        MessageConsumer topics = session.createConsumer(session.createTopic("T.>"));
        send(session, session.createTopic("T.A,T.B"));
        System.out.println(name + ", topics: " + all(topics));
        topics.close();
        session.createDurableSubscriber(session.createTopic("T.>"), "all").close();
        send(session, session.createTopic("T.A,T.B"));
        MessageConsumer durable = session.createDurableSubscriber(session.createTopic("T.>"), "all");
        System.out.println(name + ", topics, durable: " + all(durable));
        QueueBrowser dead = session.createBrowser(session.createQueue("ActiveMQ.DLQ"));
        System.out.println(name + ", dead letters: " + Collections.list(dead.getEnumeration()).size());
        connection.close();
    }

    static void send(Session session, Destination destination) throws Exception {
        session.createProducer(destination).send(session.createTextMessage("one for each"));
    }

    static String all(MessageConsumer consumer) throws Exception {
        Set<Destination> from = new HashSet<>();
        for (Message message; (message = consumer.receive(2_000)) != null; ) {
            from.add(message.getJMSDestination());
        }
        return from.size() + " of 2";
    }
}
JAVA
timeout 300 java -cp "$folder/jars/*" Copies.java "$folder/data" 2> errors | tee seen
diff - seen <<'SEEN'
tcp, queues: 2 of 2
tcp, topics: 2 of 2
tcp, topics, durable: 1 of 2
tcp, dead letters: 0
failover, queues: 2 of 2
failover, topics: 1 of 2
failover, topics, durable: 1 of 2
failover, dead letters: 0
SEEN
