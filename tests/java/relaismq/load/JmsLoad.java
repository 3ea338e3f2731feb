package relaismq.load;

import java.util.Locale;
import relaismq.Options;

/**
 * Load generator of the benchmark: sends and receives as the real JMS client does, and prints one
 * JSON line {@code {"sent":..,"received":..,"produce_s":..,"total_s":..}}.
 *
 * <p>Every producer and every consumer is a thread with a session on a connection of its own. The
 * same connections first carry a warm-up that does not count. {@code produce_s} ends when the broker
 * has confirmed the last message of the last producer, {@code total_s} when the last message has been
 * received. Sending is confirmed one by one unless {@code --async}, {@code --callback} or
 * {@code --transaction} is given.
 */
public final class JmsLoad {
    private JmsLoad() {}

    /** Runs one workload. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0 || arguments[0].equals("--help")) {
            System.out.println(usage());
            return;
        }
        Workload workload = Workload.from(new Options(arguments));
        boolean complete;
        try (LoadRun run = new LoadRun(workload)) {
            run.phase(workload.warmUp());
            LoadRun.Result result = run.phase(workload.messages());
            complete = result.complete();
            System.out.println(line(result));
        }
        System.exit(complete ? 0 : 1);
    }

    private static String line(LoadRun.Result result) {
        return String.format(Locale.ROOT,
                "{\"sent\":%d,\"received\":%d,\"produce_s\":%.6f,\"total_s\":%.6f}",
                result.sent(), result.received(), result.produceSeconds(), result.totalSeconds());
    }

    private static String usage() {
        return String.join(System.lineSeparator(),
                "--url URL            broker, failover URLs included",
                "--ca FILE            CA (PEM) of a broker behind ssl://",
                "--user U --password P",
                "--destination NAME   default queue://load; each consumer of topic://NAME gets every message",
                "--queues N           NAME.0, NAME.1 and so on; producers and consumers take turns with them",
                "--messages N         over all producers, default 10000",
                "--warm-up N          messages before the measurement, default a fifth, at most 2000",
                "--size BYTES         of each body, default 1024",
                "--persistent BOOL    default true",
                "--producers P        default 1; 0 only consumes",
                "--consumers C        default 1; 0 only produces",
                "--async              useAsyncSend: no confirmation per message, one at the end",
                "--callback           pipelined: each message confirmed by callback, 1000 in flight",
                "--transaction N      producers commit after N messages",
                "--ack MODE           consumers: auto, dups_ok, individual or transacted (in batches of 100)",
                "--drain              consume when everything is sent; total_s is that alone",
                "--deadline SECONDS   for one phase, default 300; exit status 1 when it passes");
    }
}
