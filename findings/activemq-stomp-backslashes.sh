#!/usr/bin/env bash
# Apache ActiveMQ 6.3.1 and STOMP clients: a backslash in a password, and in the headers of STOMP 1.0.
#
# STOMP 1.2 and 1.1 escape headers "in all frames except the CONNECT and CONNECTED frames"
# (https://stomp.github.io/stomp-specification-1.2.html#Value_Encoding): a password is sent as it is. STOMP 1.0 has no
# escapes at all (https://stomp.github.io/stomp-specification-1.0.html).
#
# ActiveMQ undoes escapes in every frame of every version. A user whose password has \c, \n or two backslashes in a row cannot
# log in with a client that keeps to the specification; one that doubles the backslash against it can. And what a client of
# STOMP 1.0 sends as D:\code arrives as D::ode, for consumers of all protocols. In STOMP 1.2 frames other than
# CONNECT all is well.
#
# Seen: as said. The same user logs in over OpenWire.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-jaas</artifactId><version>6.3.1</version></dependency>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-stomp</artifactId><version>6.3.1</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$folder/jars"

cat > Backslashes.java <<'JAVA'
import jakarta.jms.*;
import java.io.*;
import java.net.Socket;
import java.util.List;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerPlugin;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.security.*;

public class Backslashes {
    static final String PASSWORD = "ab\\cd";
    static int port;

    public static void main(String[] none) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setPersistent(false);
        broker.setUseJmx(false);
        broker.setPlugins(new BrokerPlugin[] {
            new SimpleAuthenticationPlugin(List.of(new AuthenticationUser("user", PASSWORD, "users")))});
        String url = broker.addConnector("tcp://127.0.0.1:0").getConnectUri().toString();
        port = broker.addConnector("stomp://127.0.0.1:0").getConnectUri().getPort();
        broker.start();
        Connection connection = new ActiveMQConnectionFactory(url).createConnection("user", PASSWORD);
        connection.start();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        System.out.println("OpenWire, " + PASSWORD + ": CONNECTED");
        System.out.println("STOMP 1.2, " + PASSWORD + ": " + new Stomp("1.2", PASSWORD).answer);
        System.out.println("STOMP 1.2, " + PASSWORD.replace("\\", "\\\\") + ": " + new Stomp("1.2", PASSWORD.replace("\\", "\\\\")).answer);
        MessageConsumer consumer = session.createConsumer(session.createQueue("paths"));
        String doubled = PASSWORD.replace("\\", "\\\\");
        new Stomp("1.2", doubled).send("SEND\ndestination:/queue/paths\npath:D\\c\\\\code\n\n");
        System.out.println("STOMP 1.2, path: " + consumer.receive(5_000).getStringProperty("path"));
        new Stomp("1.0", doubled).send("SEND\ndestination:/queue/paths\npath:D:\\code\n\n");
        System.out.println("STOMP 1.0, path: " + consumer.receive(5_000).getStringProperty("path"));
        System.exit(0);
    }

    static class Stomp {
        final Socket socket = new Socket("127.0.0.1", port);
        final String answer;

        Stomp(String version, String password) throws IOException {
            send("CONNECT\naccept-version:" + version + "\nhost:localhost\nlogin:user\npasscode:" + password + "\n\n");
            answer = new BufferedReader(new InputStreamReader(socket.getInputStream())).readLine();
        }

        void send(String frame) throws IOException {
            socket.getOutputStream().write((frame + "\0").getBytes("UTF-8"));
        }
    }
}
JAVA
timeout 300 java -cp "$folder/jars/*" Backslashes.java 2> errors | tee seen
diff - seen <<'SEEN'
OpenWire, ab\cd: CONNECTED
STOMP 1.2, ab\cd: ERROR
STOMP 1.2, ab\\cd: CONNECTED
STOMP 1.2, path: D:\code
STOMP 1.0, path: D::ode
SEEN
