#!/usr/bin/env bash
# Apache ActiveMQ Artemis 2.55.0 with the OpenWire Java client activemq-client 5.19.7, useCompression=true.
#
# A compressed text message is a DEFLATE stream. What a producer sends through an OpenWire acceptor is
# unpacked by Artemis and packed again for consumers, and this second stream is flushed but never
# finished: its last block is not marked as the last. Inflaters that want the end of a stream (zlib's
# one-shot functions, Python's zlib.decompress, flate2's read_to_end ...) report an incomplete stream,
# although all the text is there. The Java client stops at the length and does not notice. ActiveMQ 5.19.7
# hands on the producer's own bytes, which are finished.
#
# Seen: Artemis: all of the text, stream not finished. ActiveMQ: all of the text, stream finished.
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

cat > Packed.java <<'JAVA'
import java.util.Arrays;
import java.util.zip.Inflater;
import javax.jms.*;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.command.ActiveMQTextMessage;
import org.apache.activemq.util.ByteSequence;

public class Packed {
    static final String TEXT = "a text that is worth packing, ".repeat(100);

    public static void main(String[] none) throws Exception {
        EmbeddedActiveMQ artemis = new EmbeddedActiveMQ();
        artemis.setConfiguration(new ConfigurationImpl()
                .setSecurityEnabled(false).setPersistenceEnabled(false).setJMXManagementEnabled(false)
                .addAcceptorConfiguration("openwire", "tcp://127.0.0.1:0?protocols=OPENWIRE"));
        artemis.start();
        int port = ((NettyAcceptor) artemis.getActiveMQServer().getRemotingService().getAcceptor("openwire")).getActualPort();
        System.out.println("Artemis: " + look("tcp://127.0.0.1:" + port));
        BrokerService activemq = new BrokerService();
        activemq.setPersistent(false);
        activemq.setUseJmx(false);
        String url = activemq.addConnector("tcp://127.0.0.1:0").getConnectUri().toString();
        activemq.start();
        System.out.println("ActiveMQ: " + look(url));
        System.exit(0);
    }

    static String look(String url) throws Exception {
        Connection connection = new ActiveMQConnectionFactory(url + "?jms.useCompression=true").createConnection();
        connection.start();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Queue queue = session.createQueue("packed");
        session.createProducer(queue).send(session.createTextMessage(TEXT));
        ActiveMQTextMessage message = (ActiveMQTextMessage) session.createConsumer(queue).receive(10_000);
        ByteSequence content = message.getContent();
        Inflater inflater = new Inflater();
        inflater.setInput(content.data, content.offset, content.length);
        byte[] unpacked = new byte[TEXT.length() + 1000];
        int length = 0;
        for (int more = 1; more > 0; length += more) {
            more = inflater.inflate(unpacked, length, unpacked.length - length);
        }
        // Four bytes of length are in front of the text.
        String text = new String(Arrays.copyOfRange(unpacked, 4, length), "UTF-8");
        return (text.equals(TEXT) ? "all of the text" : "another text")
                + (inflater.finished() ? ", stream finished" : ", stream not finished")
                + (message.getText().equals(TEXT) ? ", Java reads it" : ", Java does not read it");
    }
}
JAVA
java -cp "$folder/jars/*" Packed.java 2> errors | tee seen
printf '%s\n' 'Artemis: all of the text, stream not finished, Java reads it' \
    'ActiveMQ: all of the text, stream finished, Java reads it' | diff - seen
