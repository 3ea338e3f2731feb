package relaismq.activemq;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import org.apache.activemq.store.SharedFileLocker;

/**
 * The shared directory's lock, saying so on standard output when it has to wait.
 *
 * <p>ActiveMQ only logs that it waits, and not in a form that a test can rely on. The probe takes the
 * lock for a moment, which at worst makes another broker wait one interval longer.
 */
final class AnnouncingLocker extends SharedFileLocker {
    @Override
    public void doStart() throws Exception {
        File lock = new File(getDirectory(), "lock");
        if (!failIfLocked && isHeldElsewhere(lock)) {
            System.out.println("waiting lock=" + lock);
        }
        super.doStart();
    }

    private static boolean isHeldElsewhere(File file) throws IOException {
        file.getParentFile().mkdirs();
        try (RandomAccessFile probe = new RandomAccessFile(file, "rw");
                FileLock held = probe.getChannel().tryLock(0, 1, false)) {
            return held == null;
        }
    }
}
