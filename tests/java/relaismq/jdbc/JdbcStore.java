package relaismq.jdbc;

import java.io.File;
import org.apache.activemq.store.PersistenceAdapter;
import org.apache.activemq.store.jdbc.JDBCPersistenceAdapter;
import org.apache.activemq.store.jdbc.LeaseDatabaseLocker;
import org.apache.activemq.store.jdbc.adapter.MySqlJDBCAdapter;
import org.apache.commons.dbcp2.BasicDataSource;
import relaismq.Options;

/**
 * ActiveMQ's store in a database, with a pool of connections as its own configuration has it.
 *
 * <p>A class of its own, since only one of the libraries has what it needs.
 */
public final class JdbcStore {
    private JdbcStore() {}

    /** The store that the options describe. */
    public static PersistenceAdapter of(Options options) throws Exception {
        String url = options.required("jdbc");
        JDBCPersistenceAdapter store = new JDBCPersistenceAdapter();
        store.setDataSource(pool(url));
        store.setDirectory(new File(options.text("data", System.getProperty("java.io.tmpdir"))));
        if (url.startsWith("jdbc:mariadb:")) {
            // It is not found by the name of MariaDB's own driver; the default one makes columns of 64 KiB.
            store.setAdapter(new MySqlJDBCAdapter());
        }
        lock(store, options);
        return store;
    }

    private static BasicDataSource pool(String url) {
        BasicDataSource pool = new BasicDataSource();
        pool.setUrl(url);
        pool.setPoolPreparedStatements(true);
        pool.setMaxTotal(64);
        pool.setMaxIdle(64);
        return pool;
    }

    private static void lock(JDBCPersistenceAdapter store, Options options) throws Exception {
        switch (options.text("locker", "lease")) {
            case "none":
                store.setUseLock(false);
                break;
            case "transaction":
                // It will wait in a statement of the database, and does not say so.
                System.out.println("waiting lock=ACTIVEMQ_LOCK");
                store.setLockKeepAlivePeriod(options.number("lock-keep-alive", 500));
                break;
            default:
                LeaseDatabaseLocker lease = new LeaseDatabaseLocker();
                lease.setLockAcquireSleepInterval(options.number("lock-interval", 2000));
                store.setLocker(lease);
                store.setLockKeepAlivePeriod(options.number("lock-keep-alive", 500));
        }
    }
}
