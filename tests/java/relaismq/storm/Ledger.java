package relaismq.storm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What became of every message. */
final class Ledger {
    private final Map<String, Fate> fates = new LinkedHashMap<>();
    private final Map<String, Integer> failedCommits = new TreeMap<>();
    private final Map<String, Integer> failedSends = new TreeMap<>();
    private final List<String> broken = new ArrayList<>();
    private final Progress progress;
    private long commits;
    private long committed;
    private long open;
    private long lastDelivery = System.currentTimeMillis();

    Ledger(Progress progress) {
        this.progress = progress;
    }

    /** Is told how many messages have been committed. */
    interface Progress {
        void committed(long messages);
    }

    synchronized void confirmed(String id) {
        Fate fate = fate(id);
        fate.confirmed = true;
        if (fate.committed == 0) {
            open++;
        }
    }

    synchronized void notSent(String text) {
        failedSends.merge(withoutNumbers(text), 1, Integer::sum);
    }

    /** Producers do not run ahead of the consumers by more than this. */
    synchronized void awaitRoom(long most) throws InterruptedException {
        while (open >= most) {
            wait();
        }
    }

    synchronized void delivered(String id) {
        fate(id).delivered++;
        lastDelivery = System.currentTimeMillis();
    }

    synchronized void committed(List<String> ids) {
        commits++;
        committed += ids.size();
        for (String id : ids) {
            Fate fate = fate(id);
            fate.committed++;
            if (fate.committed == 1 && fate.confirmed) {
                open--;
            }
        }
        notifyAll();
        progress.committed(committed);
    }

    /** Whether it happened is not known. */
    synchronized void failed(String text, List<String> ids) {
        failedCommits.merge(withoutNumbers(text), 1, Integer::sum);
        ids.forEach(id -> fate(id).inDoubt = true);
    }

    synchronized void broke(String thread, Exception failure) {
        broken.add(thread + ": " + failure);
        notifyAll();
    }

    /** Returns when everything confirmed has been committed and nothing else comes, or nothing does. */
    void untilQuiet(long quietMs) throws InterruptedException {
        while (true) {
            long idle;
            synchronized (this) {
                idle = System.currentTimeMillis() - lastDelivery;
            }
            if (idle >= quietMs) {
                return;
            }
            Thread.sleep(quietMs - idle);
        }
    }

    synchronized Map<String, Object> report(Map<String, Integer> deadLetters) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("confirmed", count(fate -> fate.confirmed));
        report.put("commits", commits);
        report.put("missing", count(fate -> fate.confirmed && fate.committed == 0 && !fate.inDoubt));
        report.put("in_doubt", count(fate -> fate.committed == 0 && fate.inDoubt));
        report.put("committed_twice", count(fate -> fate.committed > 1));
        report.put("deliveries", histogram());
        report.put("failed_commits", failedCommits);
        report.put("failed_sends", failedSends);
        report.put("broken", broken);
        report.put("dead_letters", deadLetters);
        return report;
    }

    /** How many messages were delivered once, twice and so on. */
    private Map<Integer, Integer> histogram() {
        Map<Integer, Integer> times = new TreeMap<>();
        fates.values().forEach(fate -> times.merge(fate.delivered, 1, Integer::sum));
        return times;
    }

    private long count(java.util.function.Predicate<Fate> fits) {
        return fates.values().stream().filter(fits).count();
    }

    private Fate fate(String id) {
        return fates.computeIfAbsent(id, key -> new Fate());
    }

    /** Texts that differ in identifiers only count as one. */
    static String withoutNumbers(String text) {
        return String.valueOf(text).replaceAll("ID:[^\\s,;'\\]}]+", "ID").replaceAll("[0-9]+", "#");
    }

    private static final class Fate {
        private boolean confirmed;
        private boolean inDoubt;
        private int delivered;
        private int committed;
    }
}
