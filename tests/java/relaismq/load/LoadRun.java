package relaismq.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** The producers and consumers of one workload, used for one phase after another. */
final class LoadRun implements AutoCloseable {
    private final Workload workload;
    private final List<Sender> senders = new ArrayList<>();
    private final List<Receiver> receivers = new ArrayList<>();
    private final Semaphore arrived = new Semaphore(0);
    private final ExecutorService threads = Executors.newCachedThreadPool(LoadRun::daemon);

    LoadRun(Workload workload) throws Exception {
        this.workload = workload;
        if (!workload.drain()) {
            openReceivers();
        }
        for (int i = 0; i < workload.producers(); i++) {
            senders.add(new Sender(workload, i));
        }
    }

    private void openReceivers() throws Exception {
        for (int i = 0; i < workload.consumers(); i++) {
            receivers.add(new Receiver(workload, i, arrived::release));
        }
    }

    private void closeReceivers() throws javax.jms.JMSException {
        for (Receiver receiver : receivers) {
            receiver.close();
        }
        receivers.clear();
    }

    /** Sends and receives so many messages, within the workload's deadline. */
    Result phase(int messages) throws Exception {
        AtomicLong sent = new AtomicLong();
        long start = System.nanoTime();
        long end = start + TimeUnit.SECONDS.toNanos(workload.deadlineSeconds());
        boolean confirmed = await(send(messages, sent), end);
        long produced = System.nanoTime();
        if (workload.drain()) {
            openReceivers();
        }
        int arriving = workload.arriving(messages);
        int received = workload.consumers() == 0 ? 0 : receive(arriving, end);
        long finished = System.nanoTime();
        if (workload.drain()) {
            closeReceivers();
        }
        boolean complete = confirmed && (workload.consumers() == 0 || received == arriving);
        long begun = workload.drain() ? produced : start;
        return new Result(
                sent.get(), received, seconds(start, produced), seconds(begun, finished), complete);
    }

    private List<Future<?>> send(int messages, AtomicLong sent) {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < senders.size(); i++) {
            Sender sender = senders.get(i);
            int share = workload.share(messages, i);
            running.add(threads.submit(() -> {
                sender.send(share, sent);
                return null;
            }));
        }
        return running;
    }

    private static boolean await(List<Future<?>> running, long end) throws Exception {
        try {
            for (Future<?> one : running) {
                one.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
            return true;
        } catch (TimeoutException late) {
            return false;
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof Exception cause ? cause : failure;
        }
    }

    private int receive(int messages, long end) throws InterruptedException {
        long left = end - System.nanoTime();
        boolean all = arrived.tryAcquire(messages, left, TimeUnit.NANOSECONDS);
        return all ? messages : arrived.drainPermits();
    }

    private static double seconds(long from, long to) {
        return (to - from) / 1e9;
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void close() throws javax.jms.JMSException {
        for (Sender sender : senders) {
            sender.close();
        }
        closeReceivers();
    }

    /** What one phase did. */
    record Result(
            long sent, int received, double produceSeconds, double totalSeconds, boolean complete) {}
}
