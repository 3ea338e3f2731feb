#!/usr/bin/env bash
# The javax client activemq-client 5.19.7 with the broker of Apache ActiveMQ 6.3.1.
#
# OpenWire sends an exception as the name of its class and its text, and the Java client makes an object of
# that class if it has it. ActiveMQ 6 sends the names of the jakarta package whatever client asks, so a
# 5.x client, which has only javax, cannot make them: of an exception that both brokers mean, the type is
# lost, and code that catches it by type does not catch it.
#
# Seen: a client id that is in use. Broker 5.19.7: javax.jms.InvalidClientIDException. Broker 6.3.1: a plain
# javax.jms.JMSException.
set -euo pipefail
folder=$(mktemp -d)
broker=
trap '[ -z "$broker" ] || kill "$broker" 2> /dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

jars() { # version
    mkdir "$1"
    cat > "$1/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-broker</artifactId><version>$1</version>
      <exclusions><exclusion><groupId>org.apache.activemq</groupId><artifactId>activemq-openwire-legacy</artifactId></exclusion></exclusions></dependency>
  </dependencies>
</project>
POM
    mvn -q -B -f "$1/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$folder/$1/jars"
}

cat > Serve.java <<'JAVA'
import org.apache.activemq.broker.BrokerService;

public class Serve {
    public static void main(String[] none) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setPersistent(false);
        broker.setUseJmx(false);
        System.out.println(broker.addConnector("tcp://127.0.0.1:0").getConnectUri());
        broker.start();
        Thread.currentThread().join();
    }
}
JAVA
cat > Twice.java <<'JAVA'
import javax.jms.*;
import org.apache.activemq.ActiveMQConnectionFactory;

public class Twice {
    public static void main(String[] arguments) throws Exception {
        for (int time = 0; time < 2; time++) {
            Connection connection = new ActiveMQConnectionFactory(arguments[0]).createConnection();
            connection.setClientID("desk-7");
            try {
                connection.start();
            } catch (JMSException refused) {
                System.out.println(refused.getClass().getName());
                System.exit(0);
            }
        }
    }
}
JAVA
for version in 5.19.7 6.3.1; do
    jars "$version"
    java -cp "$version/jars/*" Serve.java > url 2> errors &
    broker=$!
    until [ -s url ]; do kill -0 "$broker"; sleep 0.2; done
    java -cp "5.19.7/jars/*" Twice.java "$(cat url)" > found 2> errors || { cat errors; exit 1; }
    echo "broker $version: $(cat found)" | tee -a seen
    kill "$broker"
    wait "$broker" || true
    broker=
    : > url
done
printf '%s\n' 'broker 5.19.7: javax.jms.InvalidClientIDException' 'broker 6.3.1: javax.jms.JMSException' | diff - seen
