package relaismq.activemq;

import java.io.File;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.activemq.broker.BrokerPlugin;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.SslContext;
import org.apache.activemq.broker.TransportConnector;
import org.apache.activemq.broker.region.policy.PolicyEntry;
import org.apache.activemq.broker.region.policy.PolicyMap;
import org.apache.activemq.plugin.StatisticsBrokerPlugin;
import org.apache.activemq.security.AuthenticationUser;
import org.apache.activemq.security.SimpleAuthenticationPlugin;
import org.apache.activemq.store.PersistenceAdapter;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import relaismq.EndOfInput;
import relaismq.Options;
import relaismq.Pem;

/**
 * A real ActiveMQ broker for tests, without XML and without JMX.
 *
 * <p>Prints {@code waiting lock=PATH} when another broker holds the store, and one {@code ready} line
 * with the bound address of every connector once it serves. Ends on SIGTERM and at the end of its
 * standard input, so that it never outlives the test that started it.
 */
public final class BrokerMain {
    private BrokerMain() {}

    /** Runs one broker. See {@link #usage()} for the options. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0 || arguments[0].equals("--help")) {
            System.out.println(usage());
            return;
        }
        BrokerService broker = configure(options(arguments));
        EndOfInput.then(broker::stop);
        broker.start();
        broker.waitUntilStarted();
        System.out.println(readyLine(broker));
        broker.waitUntilStopped();
        System.exit(0);
    }

    private static Options options(String[] arguments) {
        return new Options(arguments).only(
                "name", "uri", "persistent", "data", "shared", "lock-interval", "lock-keep-alive",
                "user", "password", "certificate", "key", "clients-of", "jdbc", "locker", "prioritized",
                "jmx", "network");
    }

    private static String usage() {
        return String.join(System.lineSeparator(),
                "--uri URI            a connector, e.g. tcp://127.0.0.1:0; may be given several times",
                "--name NAME          broker name, default activemq",
                "--persistent BOOL    KahaDB in --data (true) or memory only (false, the default)",
                "--data DIR           where KahaDB lives",
                "--jdbc URL           a database instead, with user and password in the URL",
                "--locker KIND        of a database: lease (default), transaction or none",
                "--prioritized QUEUES queues in the order of priorities, a name or a pattern",
                "--shared             wait for the lock of --data instead of failing when it is held",
                "--lock-interval MS   how often a waiting broker tries the lock, default 200",
                "--lock-keep-alive MS how often a master looks after its lock, default 500",
                "--user U --password P only this user may connect",
                "--certificate FILE --key FILE for connectors of ssl and nio+ssl (PEM)",
                "--network URI        another broker of a network whose clients spread over all of them",
                "--jmx BOOL           management beans (true), default false",
                "--clients-of FILE    the CA (PEM) whose client certificates those connectors accept");
    }

    private static BrokerService configure(Options options) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setBrokerName(options.text("name", "activemq"));
        broker.setUseJmx(options.flag("jmx", false));
        broker.getManagementContext().setCreateConnector(false);
        broker.setUseShutdownHook(true);
        broker.setPlugins(plugins(options));
        broker.setPersistent(options.flag("persistent", false));
        if (broker.isPersistent()) {
            broker.setPersistenceAdapter(store(options));
        }
        if (options.text("prioritized", null) != null) {
            broker.setDestinationPolicy(prioritized(options.required("prioritized")));
        }
        if (options.text("certificate", null) != null) {
            broker.setSslContext(tls(options));
        }
        for (String uri : options.all("uri")) {
            TransportConnector connector = connector(uri);
            boolean spreads = !options.all("network").isEmpty();
            connector.setUpdateClusterClients(spreads);
            connector.setRebalanceClusterClients(spreads);
            connector.setUpdateClusterClientsOnRemove(spreads);
            broker.addConnector(connector);
        }
        for (String uri : options.all("network")) {
            broker.addNetworkConnector(uri).setName(uri);
        }
        return broker;
    }

    /** A connector with a URI binds when the broker starts; one made from a string, at once. */
    private static TransportConnector connector(String uri) throws Exception {
        TransportConnector connector = new TransportConnector();
        connector.setUri(new URI(uri));
        connector.setName(protocol(uri));
        return connector;
    }

    private static PersistenceAdapter store(Options options) throws Exception {
        if (options.text("jdbc", null) == null) {
            return kahaDb(options);
        }
        // Not every library that this is compiled with has a store in a database.
        return (PersistenceAdapter) Class.forName("relaismq.jdbc.JdbcStore")
                .getMethod("of", Options.class).invoke(null, options);
    }

    private static KahaDBPersistenceAdapter kahaDb(Options options) throws Exception {
        KahaDBPersistenceAdapter store = new KahaDBPersistenceAdapter();
        store.setDirectory(new File(options.required("data")));
        boolean shared = options.flag("shared", false);
        AnnouncingLocker locker = new AnnouncingLocker();
        locker.setFailIfLocked(!shared);
        locker.setLockAcquireSleepInterval(options.number("lock-interval", 200));
        store.setLocker(locker);
        if (shared) {
            store.setLockKeepAlivePeriod(options.number("lock-keep-alive", 500));
        }
        return store;
    }

    private static PolicyMap prioritized(String queues) {
        PolicyEntry policy = new PolicyEntry();
        policy.setQueue(queues);
        policy.setPrioritizedMessages(true);
        PolicyMap policies = new PolicyMap();
        policies.setPolicyEntries(List.of(policy));
        return policies;
    }

    private static SslContext tls(Options options) throws Exception {
        String clientsOf = options.text("clients-of", null);
        return new SslContext(
                Pem.keys(options.required("certificate"), options.required("key")),
                clientsOf == null ? null : Pem.trust(clientsOf),
                null);
    }

    private static BrokerPlugin[] plugins(Options options) {
        List<BrokerPlugin> plugins = new ArrayList<>();
        plugins.add(new StatisticsBrokerPlugin());
        String user = options.text("user", null);
        if (user != null) {
            String password = options.required("password");
            AuthenticationUser known = new AuthenticationUser(user, password, "users");
            plugins.add(new SimpleAuthenticationPlugin(List.of(known)));
        }
        return plugins.toArray(new BrokerPlugin[0]);
    }

    private static String readyLine(BrokerService broker) throws Exception {
        StringBuilder line = new StringBuilder("ready name=").append(broker.getBrokerName());
        for (TransportConnector connector : broker.getTransportConnectors()) {
            line.append(' ').append(connector.getName()).append('=');
            line.append(withLoopback(connector));
        }
        return line.toString();
    }

    /** The connector's own idea of its address carries the machine's host name, which may not resolve. */
    private static URI withLoopback(TransportConnector connector) throws Exception {
        String scheme = connector.getUri().getScheme();
        int port = connector.getServer().getSocketAddress().getPort();
        return new URI(scheme + "://127.0.0.1:" + port);
    }

    private static String protocol(String uri) {
        String scheme = uri.substring(0, uri.indexOf(':'));
        return scheme.equals("tcp") || scheme.equals("nio") ? "openwire" : scheme;
    }
}
