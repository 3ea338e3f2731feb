#!/usr/bin/env bash
# Apache ActiveMQ 6.3.1 (and 5.18.7) with its redelivery plugin ("broker redelivery").
#
# "When a message's expiration time is reached, a provider should discard it" (Jakarta Messaging 3.1, API of
# Message.getJMSExpiration; as in JMS 1.1). The plugin "redelivers a message after a delay using a resend"
# (https://activemq.apache.org/components/classic/documentation/message-redelivery-and-dlq-handling);
# nothing is said there of the expiry. One would expect a message that fails, and waits for longer than it may live, to
# be gone.
#
# The resend goes through the scheduler, which gives a message that was delayed the time to live that it had at first,
# counted from now, and a new JMSTimestamp. With four redeliveries after 3 s a message that should live for 1.5 s is
# delivered five times within 13 s, each time with 1.5 s before it.
#
# Seen: five deliveries, each of them before "its" expiry, which has moved by more than 12 s.
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

cat > Renewed.java <<'JAVA'
import jakarta.jms.*;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.RedeliveryPolicy;
import org.apache.activemq.broker.BrokerPlugin;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.region.policy.RedeliveryPolicyMap;
import org.apache.activemq.broker.scheduler.memory.InMemoryJobSchedulerStore;
import org.apache.activemq.broker.util.RedeliveryPlugin;

public class Renewed {
    public static void main(String[] none) throws Exception {
        String url = start();
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url);
        factory.getRedeliveryPolicy().setMaximumRedeliveries(0);
        Connection connection = factory.createConnection();
        connection.start();
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        Queue queue = session.createQueue("short-lived");
        MessageProducer producer = session.createProducer(queue);
        producer.setTimeToLive(1_500);
        Message message = session.createMessage();
        producer.send(message);
        session.commit();
        MessageConsumer consumer = session.createConsumer(queue);
        long expiry = message.getJMSExpiration();
        for (Message delivered; (delivered = consumer.receive(6_000)) != null; session.rollback()) {
            int count = delivered.getIntProperty("JMSXDeliveryCount");
            boolean moved = delivered.getJMSExpiration() - expiry >= 3_000 * (count - 1);
            System.out.println("delivery " + count + ", expiry " + (moved ? "" : "not ") + "later by " + (count - 1) + " delays");
        }
        System.exit(0);
    }

    static String start() throws Exception {
        RedeliveryPolicy policy = new RedeliveryPolicy();
        policy.setMaximumRedeliveries(4);
        policy.setInitialRedeliveryDelay(3_000);
        policy.setRedeliveryDelay(3_000);
        RedeliveryPolicyMap policies = new RedeliveryPolicyMap();
        policies.setDefaultEntry(policy);
        RedeliveryPlugin plugin = new RedeliveryPlugin();
        plugin.setRedeliveryPolicyMap(policies);
        BrokerService broker = new BrokerService();
        broker.setPlugins(new BrokerPlugin[] {plugin});
        broker.setPersistent(false);
        broker.setUseJmx(false);
        broker.setSchedulerSupport(true);
        broker.setJobSchedulerStore(new InMemoryJobSchedulerStore());
        String url = broker.addConnector("tcp://127.0.0.1:0").getConnectUri().toString();
        broker.start();
        return url;
    }
}
JAVA
timeout 300 java -cp "$folder/jars/*" Renewed.java 2> errors | tee seen
diff - seen <<'SEEN'
delivery 1, expiry later by 0 delays
delivery 2, expiry later by 1 delays
delivery 3, expiry later by 2 delays
delivery 4, expiry later by 3 delays
delivery 5, expiry later by 4 delays
SEEN
