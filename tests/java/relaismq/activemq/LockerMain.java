package relaismq.activemq;

import java.io.File;
import org.apache.activemq.store.SharedFileLocker;
import relaismq.EndOfInput;
import relaismq.Options;

/**
 * ActiveMQ's lock of a shared directory, without a broker.
 *
 * <p>Prints {@code waiting lock=PATH} when somebody else has it, {@code ready} once it is its own, and from
 * then on {@code kept} or {@code lost} each time it looks, as a broker does for its keep-alive. Ends at the
 * end of its standard input.
 */
public final class LockerMain {
    private LockerMain() {}

    /** Takes the lock in {@code --data} and holds it. */
    public static void main(String[] arguments) throws Exception {
        Options options = new Options(arguments).only("data");
        EndOfInput.then(() -> System.exit(0));
        SharedFileLocker locker = new AnnouncingLocker();
        locker.setDirectory(new File(options.text("data", "activemq-data")));
        locker.setLockAcquireSleepInterval(50);
        locker.start();
        System.out.println("ready role=master");
        while (true) {
            Thread.sleep(50);
            System.out.println(locker.keepAlive() ? "kept" : "lost");
        }
    }
}
