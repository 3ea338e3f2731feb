#!/usr/bin/env bash
# Apache ActiveMQ 6.3.1 (and 5.19.7): AMQ_SCHEDULED_CRON, the schedule of a message.
#
# "You can also use CRON to schedule a message", with a link to cron's fields
# (https://activemq.apache.org/components/classic/documentation/delay-and-schedule-message-delivery). What the
# fields mean is said in crontab(5): a step counts from the start of its range (`1-59/2` is every odd
# minute, `*/10` as days is 1, 11, 21, 31), and a day that is restricted in both fields matches if either does.
#
# The broker accepts these schedules (its validation passes them) and keeps other times:
#  - a step means "divisible by": `1-59/2` runs on even minutes, `5-59/15` at 15, 30 and 45, three times an hour
#    instead of four, `*/10` on the 10th, 20th and 30th;
#  - "29 February" runs on 1 March in each year that is no leap year, "31 April or May" on 1 May as well;
#  - "the 13th or a Friday" leaves out a 13th before a Friday, and most of the Fridays.
#
# The class asked here is the one that the broker asks for each next time. It works with the zone of the JVM; this
# script sets UTC.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.activemq</groupId><artifactId>activemq-client</artifactId><version>6.3.1</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$folder/jars"

cat > Times.java <<'JAVA'
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.apache.activemq.broker.scheduler.CronParser;

public class Times {
    public static void main(String[] none) throws Exception {
        times("1-59/2 * * * *", "2026-01-01T00:00:00Z", "HH:mm", 4);
        times("5-59/15 * * * *", "2026-01-01T00:00:00Z", "HH:mm", 4);
        times("0 0 */10 * *", "2026-01-01T00:00:00Z", "d MMM", 4);
        times("0 0 29 2 *", "2026-01-01T00:00:00Z", "d MMM yyyy", 3);
        times("0 0 31 4,5 *", "2026-01-01T00:00:00Z", "d MMM yyyy", 2);
        times("0 0 13 * 5", "2026-10-10T00:00:00Z", "E d MMM", 4);
    }

    static void times(String schedule, String after, String form, int count) throws Exception {
        CronParser.validate(schedule);
        DateTimeFormatter formatter = DateTimeFormatter.ofPattern(form, Locale.ROOT).withZone(ZoneOffset.UTC);
        StringBuilder line = new StringBuilder(schedule).append(" ->");
        long time = Instant.parse(after).toEpochMilli();
        for (int i = 0; i < count; i++) {
            time = CronParser.getNextScheduledTime(schedule, time);
            line.append(i == 0 ? " " : ", ").append(formatter.format(Instant.ofEpochMilli(time)));
        }
        System.out.println(line);
    }
}
JAVA
timeout 300 java -Duser.timezone=UTC -cp "$folder/jars/*" Times.java 2> errors | tee seen
# By crontab(5): 00:01, 00:03 ...; 00:05, 00:20, 00:35, 00:50; 11 Jan, 21 Jan, 31 Jan, 1 Feb; 29 Feb 2028, 2032,
# 2036; 31 May 2026, 2027; Tue 13 Oct, Fri 16 Oct, Fri 23 Oct, Fri 30 Oct.
diff - seen <<'SEEN'
1-59/2 * * * * -> 00:02, 00:04, 00:06, 00:08
5-59/15 * * * * -> 00:15, 00:30, 00:45, 01:15
0 0 */10 * * -> 10 Jan, 20 Jan, 30 Jan, 10 Feb
0 0 29 2 * -> 1 Mar 2026, 1 Mar 2027, 29 Feb 2028
0 0 31 4,5 * -> 1 May 2026, 31 May 2026
0 0 13 * 5 -> Fri 16 Oct, Fri 13 Nov, Sun 13 Dec, Wed 13 Jan
SEEN
