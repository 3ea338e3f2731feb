#!/usr/bin/env bash
# activemq-jms-pool 6.3.1 (PooledConnectionFactory) and org.messaginghub:pooled-jms 3.1.7, over activemq-client 6.3.1:
# Connection.stop().
#
# "Temporarily stops a connection's delivery of incoming messages. Delivery can be restarted using the connection's
# start method", and after it returns "none of its message listeners will be called" (Jakarta Messaging 3.1, API of
# Connection; as in JMS 1.1). A connection that has not been started delivers nothing. Neither pool documents otherwise
# (https://activemq.apache.org/components/classic/documentation/spring-support; README and Configuration.md of
# https://github.com/messaginghub/pooled-jms).
#
# A pooled connection shares a real one, so it cannot stop that. pooled-jms does nothing at all: messages keep coming.
# ActiveMQ's pool does not stop them either, but forbids any further use: start() says "Connection closed", while the
# listener goes on. With both, a connection that nobody has started delivers if another user of the pool has started his.
#
# Seen: as said; activemq-client alone does what JMS says.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-broker</artifactId><version>6.3.1</version></dependency>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-jms-pool</artifactId><version>6.3.1</version></dependency>
    <dependency><groupId>org.messaginghub</groupId><artifactId>pooled-jms</artifactId><version>3.1.7</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$folder/jars"

cat > Stopping.java <<'JAVA'
import jakarta.jms.*;
import java.util.concurrent.*;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.jms.pool.PooledConnectionFactory;
import org.messaginghub.pooled.jms.JmsPoolConnectionFactory;

public class Stopping {
    public static void main(String[] none) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setPersistent(false);
        broker.setUseJmx(false);
        String url = broker.addConnector("tcp://127.0.0.1:0").getConnectUri().toString();
        broker.start();
        ConnectionFactory alone = new ActiveMQConnectionFactory(url);
        PooledConnectionFactory activemq = new PooledConnectionFactory();
        activemq.setConnectionFactory(new ActiveMQConnectionFactory(url));
        JmsPoolConnectionFactory messaginghub = new JmsPoolConnectionFactory();
        messaginghub.setConnectionFactory(new ActiveMQConnectionFactory(url));
        look("activemq-client", alone, alone);
        look("activemq-jms-pool", activemq, alone);
        look("pooled-jms", messaginghub, alone);
        System.exit(0);
    }

    static void look(String name, ConnectionFactory factory, ConnectionFactory senders) throws Exception {
        BlockingQueue<Message> heard = new LinkedBlockingQueue<>();
        Connection connection = factory.createConnection();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        session.createConsumer(session.createQueue(name)).setMessageListener(heard::add);
        connection.start();
        connection.stop();
        send(senders, name);
        System.out.println(name + ", stopped: " + (heard.poll(2, TimeUnit.SECONDS) == null ? "quiet" : "a message"));
        try {
            connection.start();
            System.out.println(name + ", started again: " + (heard.poll(2, TimeUnit.SECONDS) == null ? "quiet" : "a message"));
        } catch (JMSException refused) {
            send(senders, name);
            System.out.println(name + ", start: " + refused.getMessage()
                    + ", then " + (heard.poll(2, TimeUnit.SECONDS) == null ? "quiet" : "a message"));
        }
        Connection neighbour = factory.createConnection(), fresh = factory.createConnection();
        neighbour.start();
        Session other = fresh.createSession(false, Session.AUTO_ACKNOWLEDGE);
        send(senders, name + ".2");
        Message early = other.createConsumer(other.createQueue(name + ".2")).receive(2_000);
        System.out.println(name + ", never started: " + (early == null ? "quiet" : "a message"));
    }

    static void send(ConnectionFactory factory, String queue) throws Exception {
        try (Connection connection = factory.createConnection()) {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            session.createProducer(session.createQueue(queue)).send(session.createMessage());
        }
    }
}
JAVA
timeout 300 java -cp "$folder/jars/*" Stopping.java 2> errors | tee seen
diff - seen <<'SEEN'
activemq-client, stopped: quiet
activemq-client, started again: a message
activemq-client, never started: quiet
activemq-jms-pool, stopped: a message
activemq-jms-pool, start: Connection closed, then a message
activemq-jms-pool, never started: a message
pooled-jms, stopped: a message
pooled-jms, started again: quiet
pooled-jms, never started: a message
SEEN
