#!/usr/bin/env bash
# Apache ActiveMQ 6.3.1 with its JDBC store on PostgreSQL 17.5 (driver 42.7.4), beside H2 2.3.232: a durable
# subscription to a topic whose policy says prioritizedMessages="true".
#
# PostgreSQL is in the list of databases (https://activemq.apache.org/components/classic/documentation/jdbc-support), and
# "the full range of priority values (0-9) are supported by the JDBC message store"
# (.../how-can-i-support-priority-queues).
#
# A subscription with priorities has ten rows in ACTIVEMQ_ACKS, one for each priority, so the key needs PRIORITY. The
# table is made without it, with a key called PK_ACTIVEMQ_ACKS; PostgreSQL's adapter then drops a key called
# activemq_acks_pkey, which is not there. This is a warning in the log ("they could already exist"; reported as noise in
# https://github.com/eclipse-dirigible/dirigible/issues/318), and the key stays as it was. The second row is then a
# duplicate: nobody can subscribe, and the broker runs on as if all were well. On H2 the key is widened.
#
# Seen: the subscription without priorities works on both; the one with them is refused on PostgreSQL.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version><packaging>pom</packaging>
  <dependencyManagement><dependencies>
    <dependency><groupId>io.zonky.test.postgres</groupId><artifactId>embedded-postgres-binaries-bom</artifactId><version>17.5.0</version>
      <type>pom</type><scope>import</scope></dependency>
  </dependencies></dependencyManagement>
  <dependencies>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-jdbc-store</artifactId><version>6.3.1</version></dependency>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-kahadb-store</artifactId><version>6.3.1</version></dependency>
    <dependency><groupId>io.zonky.test</groupId><artifactId>embedded-postgres</artifactId><version>2.1.0</version></dependency>
    <dependency><groupId>com.h2database</groupId><artifactId>h2</artifactId><version>2.3.232</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$folder/jars"

cat > Priorities.java <<'JAVA'
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import jakarta.jms.*;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.*;
import javax.sql.DataSource;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.region.policy.*;
import org.apache.activemq.store.jdbc.JDBCPersistenceAdapter;
import org.h2.jdbcx.JdbcDataSource;

public class Priorities {
    public static void main(String[] none) throws Exception {
        JdbcDataSource h2 = new JdbcDataSource();
        h2.setURL("jdbc:h2:mem:messages;DB_CLOSE_DELAY=-1");
        look("H2", h2);
        try (EmbeddedPostgres postgresql = EmbeddedPostgres.start()) {
            look("PostgreSQL", postgresql.getPostgresDatabase());
        }
        System.exit(0);
    }

    static void look(String name, DataSource database) throws Exception {
        BrokerService broker = broker(database);
        Connection connection = new ActiveMQConnectionFactory(broker.getTransportConnectors().get(0).getConnectUri()).createConnection();
        connection.setClientID("client");
        connection.start();
        for (String topic : new String[] {"plain", "priorities"}) {
            System.out.println(name + ", " + topic + ": " + subscribe(connection, topic));
        }
        connection.close();
        System.out.println(name + ", key: " + key(database));
        broker.stop();
    }

    static BrokerService broker(DataSource database) throws Exception {
        PolicyEntry policy = new PolicyEntry();
        policy.setTopic("priorities");
        policy.setPrioritizedMessages(true);
        PolicyMap policies = new PolicyMap();
        policies.setPolicyEntries(List.of(policy));
        JDBCPersistenceAdapter store = new JDBCPersistenceAdapter();
        store.setDataSource(database);
        BrokerService broker = new BrokerService();
        broker.setDestinationPolicy(policies);
        broker.setPersistenceAdapter(store);
        broker.setUseJmx(false);
        broker.addConnector("tcp://127.0.0.1:0");
        broker.start();
        broker.waitUntilStarted();
        return broker;
    }

    static String subscribe(Connection connection, String name) throws Exception {
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Topic topic = session.createTopic(name);
        try {
            session.createDurableSubscriber(topic, name).close();
            for (int priority : new int[] {1, 9, 4}) {
                session.createProducer(topic).send(session.createMessage(), DeliveryMode.PERSISTENT, priority, 0);
            }
            MessageConsumer again = session.createDurableSubscriber(topic, name);
            List<Integer> order = new ArrayList<>();
            for (Message message; (message = again.receive(2_000)) != null; ) {
                order.add(message.getJMSPriority());
            }
            again.close();
            return "received " + order;
        } catch (JMSException refused) {
            return "refused, " + refused.getMessage().replaceAll("(?s).*(duplicate key value).*", "$1");
        }
    }

    static List<String> key(DataSource database) throws SQLException {
        try (java.sql.Connection sql = database.getConnection()) {
            String table = sql.getMetaData().storesUpperCaseIdentifiers() ? "ACTIVEMQ_ACKS" : "activemq_acks";
            ResultSet columns = sql.getMetaData().getPrimaryKeys(null, null, table);
            Set<String> names = new TreeSet<>();
            while (columns.next()) {
                names.add(columns.getString("COLUMN_NAME").toUpperCase());
            }
            return List.copyOf(names);
        }
    }
}
JAVA
timeout 300 java -Djava.io.tmpdir="$folder" -cp "$folder/jars/*" Priorities.java 2> errors | tee seen
diff - seen <<'SEEN'
H2, plain: received [1, 9, 4]
H2, priorities: received [9, 4, 1]
H2, key: [CLIENT_ID, CONTAINER, PRIORITY, SUB_NAME]
PostgreSQL, plain: received [1, 9, 4]
PostgreSQL, priorities: refused, duplicate key value
PostgreSQL, key: [CLIENT_ID, CONTAINER, SUB_NAME]
SEEN
