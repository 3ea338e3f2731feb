#!/usr/bin/env bash
# Apache ActiveMQ 6.3.1 (and 5.18.7): several policies whose patterns match one queue.
#
# A policy may be "per destination" or "using wildcard notation to apply to a hierarchy"
# (https://activemq.apache.org/components/classic/documentation/per-destination-policies). Which one holds where
# several match, that page leaves open; AMQ-5972 and AMQ-6901 settled it: an exact name, else "the closest parent
# that applies" (a comment in DestinationMap). With ORDERS.EU.> and ORDERS.*.> a queue ORDERS.EU.NEW has the former.
# Whatever the rule, one would expect the same configuration to give the same answer each time.
#
# `>` and `*` of one pattern count as matched by the other pattern, so each of these two is "the parent" of the
# other; the order is then that of a hash set of objects without a hash of their own, which differs from start to
# start. So it is with ORDERS.> and ORDERS.*.>, and with redelivery policies, which use the same map in the client.
# ORDERS.> and ORDERS.EU.> do not have it.
#
# Seen: of 40 brokers in a row, some send the dead letters of the queue to one dead letter queue, some to another.
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

cat > Chance.java <<'JAVA'
import java.util.*;
import org.apache.activemq.RedeliveryPolicy;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.region.policy.*;
import org.apache.activemq.command.*;

public class Chance {
    static final ActiveMQQueue QUEUE = new ActiveMQQueue("ORDERS.EU.NEW");

    public static void main(String[] none) throws Exception {
        brokers("ORDERS.>", "ORDERS.EU.>");
        brokers("ORDERS.*.>", "ORDERS.EU.>");
        brokers("ORDERS.>", "ORDERS.*.>");
        clients("ORDERS.*.>", "ORDERS.EU.>");
        System.exit(0);
    }

    static void brokers(String... patterns) throws Exception {
        Set<String> seen = new TreeSet<>();
        for (int start = 0; start < 40; start++) {
            BrokerService broker = new BrokerService();
            broker.setPersistent(false);
            broker.setUseJmx(false);
            broker.setDestinationPolicy(policies(patterns));
            broker.start();
            DeadLetterStrategy dead = broker.getDestination(QUEUE).getDeadLetterStrategy();
            seen.add(dead.getDeadLetterQueueFor(new ActiveMQMessage() {{ setDestination(QUEUE); }}, null).getPhysicalName());
            broker.stop();
        }
        System.out.println("dead letters, " + Arrays.toString(patterns) + ": " + seen);
    }

    static PolicyMap policies(String... patterns) {
        List<PolicyEntry> entries = new ArrayList<>();
        for (String pattern : patterns) {
            IndividualDeadLetterStrategy dead = new IndividualDeadLetterStrategy();
            dead.setQueuePrefix("DEAD(" + pattern + ").");
            PolicyEntry entry = new PolicyEntry();
            entry.setQueue(pattern);
            entry.setDeadLetterStrategy(dead);
            entries.add(entry);
        }
        PolicyMap map = new PolicyMap();
        map.setPolicyEntries(entries);
        return map;
    }

    static void clients(String... patterns) {
        Set<String> seen = new TreeSet<>();
        for (int start = 0; start < 40; start++) {
            var map = new org.apache.activemq.broker.region.policy.RedeliveryPolicyMap();
            for (String pattern : patterns) {
                RedeliveryPolicy policy = new RedeliveryPolicy();
                policy.setQueue(pattern);
                map.put(policy.getDestination(), policy);
            }
            seen.add(map.getEntryFor(QUEUE).getDestination().getPhysicalName());
        }
        System.out.println("redelivery, " + Arrays.toString(patterns) + ": " + seen);
    }
}
JAVA
timeout 300 java -cp "$folder/jars/*" Chance.java 2> errors | tee seen
diff - seen <<'SEEN'
dead letters, [ORDERS.>, ORDERS.EU.>]: [DEAD(ORDERS.EU.>).ORDERS.EU.NEW]
dead letters, [ORDERS.*.>, ORDERS.EU.>]: [DEAD(ORDERS.*.>).ORDERS.EU.NEW, DEAD(ORDERS.EU.>).ORDERS.EU.NEW]
dead letters, [ORDERS.>, ORDERS.*.>]: [DEAD(ORDERS.*.>).ORDERS.EU.NEW, DEAD(ORDERS.>).ORDERS.EU.NEW]
redelivery, [ORDERS.*.>, ORDERS.EU.>]: [ORDERS.*.>, ORDERS.EU.>]
SEEN
