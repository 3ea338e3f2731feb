package relaismq;

import java.io.IOException;

/**
 * Ends a broker with its standard input, so that it never outlives the test that started it, even if
 * that was killed itself.
 */
public final class EndOfInput {
    private EndOfInput() {}

    /** Something that stops. */
    public interface Stop {
        /** Stops in good order. */
        void run() throws Exception;
    }

    /** Waits in the background for the end of the input, stops, and ends the program. */
    public static void then(Stop stop) {
        Thread watch = new Thread(() -> {
            try {
                while (System.in.read() >= 0) {
                    // Only the end counts.
                }
            } catch (IOException closed) {
                // The same as the end.
            }
            Runtime.getRuntime().halt(quietly(stop));
        }, "end-of-input");
        watch.setDaemon(true);
        watch.start();
    }

    private static int quietly(Stop stop) {
        try {
            stop.run();
            return 0;
        } catch (Exception failure) {
            return 1;
        }
    }
}
