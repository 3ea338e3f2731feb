package relaismq.storm;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.activemq.ActiveMQConnectionFactory;
import relaismq.Options;
import relaismq.peer.JsonLines;

/**
 * Producers, and consumers in transactions, that go on while brokers are killed under them.
 *
 * <p>Prints {@code {"committed":n}} now and then. A line on standard input ends the sending; once
 * everything confirmed has been committed, or nothing comes any more, the ledger is printed as the
 * last line. The end of the input ends the program at once.
 */
public final class Storm {
    /** How long nothing may come before the queue is taken for empty. */
    private static final long QUIET_MS = 8_000;

    private final Options options;
    private final Ledger ledger = new Ledger(new Watch());
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean sending = true;
    private volatile boolean receiving = true;

    private Storm(Options options) {
        this.options = options;
    }

    /** Options: {@code --url URL [--producers 4] [--consumers 4] [--transaction 10]}. */
    public static void main(String[] arguments) throws Exception {
        Storm storm = new Storm(new Options(arguments).only(
                "url", "producers", "consumers", "transaction", "destination"));
        storm.start();
        BufferedReader input =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        if (input.readLine() != null) {
            storm.finish();
            JsonLines.say(storm.ledger.report(new DeadLetters(storm.factory()).count()));
        }
        Runtime.getRuntime().halt(0);
    }

    private void start() {
        for (int i = 0; i < options.number("producers", 4); i++) {
            String name = "p" + i;
            run(name, () -> new Producer(name, factory(), destination(), ledger).run(() -> sending));
        }
        int size = options.number("transaction", 10);
        for (int i = 0; i < options.number("consumers", 4); i++) {
            run("c" + i, () -> new Consumer(factory(), destination(), ledger, size)
                    .run(() -> sending, () -> receiving));
        }
    }

    private void finish() throws InterruptedException {
        sending = false;
        join("p");
        ledger.untilQuiet(QUIET_MS);
        receiving = false;
        join("c");
    }

    private void run(String name, Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Exception failure) {
                ledger.broke(name, failure);
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
    }

    private void join(String prefix) throws InterruptedException {
        for (Thread thread : threads) {
            if (thread.getName().startsWith(prefix)) {
                thread.join();
            }
        }
    }

    private ActiveMQConnectionFactory factory() {
        return new ActiveMQConnectionFactory(options.required("url"));
    }

    private String destination() {
        return options.text("destination", "storm");
    }

    /** What a thread does. */
    private interface Work {
        void run() throws Exception;
    }

    /** Says how far it is, not too often. */
    private static final class Watch implements Ledger.Progress {
        private static final long EVERY_MS = 100;
        private long last;

        @Override
        public synchronized void committed(long messages) {
            long now = System.currentTimeMillis();
            if (now - last >= EVERY_MS) {
                last = now;
                JsonLines.say(Map.of("committed", messages));
            }
        }
    }
}
