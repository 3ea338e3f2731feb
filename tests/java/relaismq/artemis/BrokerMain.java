package relaismq.artemis;

import java.io.File;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.RoutingType;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.CoreAddressConfiguration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.config.impl.SecurityConfiguration;
import org.apache.activemq.artemis.core.remoting.impl.netty.NettyAcceptor;
import org.apache.activemq.artemis.core.security.Role;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.spi.core.security.ActiveMQJAASSecurityManager;
import org.apache.activemq.artemis.spi.core.security.jaas.InVMLoginModule;
import relaismq.EndOfInput;
import relaismq.Options;

/**
 * A real Artemis broker for tests, for OpenWire clients.
 *
 * <p>Prints one {@code ready} line with its address once it serves. Ends on SIGTERM and at the end of
 * its standard input.
 */
public final class BrokerMain {
    private static final String DEAD_LETTERS = "ActiveMQ.DLQ";

    private BrokerMain() {}

    /** Runs one broker. See {@link #usage()} for the options. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 0 || arguments[0].equals("--help")) {
            System.out.println(usage());
            return;
        }
        Options options = new Options(arguments).only("name", "uri", "data", "user", "password");
        EmbeddedActiveMQ broker = new EmbeddedActiveMQ();
        broker.setConfiguration(configuration(options));
        if (options.text("user", null) != null) {
            broker.setSecurityManager(onlyUser(options));
        }
        EndOfInput.then(broker::stop);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(broker)));
        broker.start();
        NettyAcceptor acceptor = (NettyAcceptor)
                broker.getActiveMQServer().getRemotingService().getAcceptor("openwire");
        System.out.printf("ready name=%s openwire=tcp://127.0.0.1:%d%n",
                options.text("name", "artemis"), acceptor.getActualPort());
        Thread.currentThread().join();
    }

    private static String usage() {
        return String.join(System.lineSeparator(),
                "--uri URI            the OpenWire acceptor, e.g. tcp://127.0.0.1:0",
                "--name NAME          broker name, default artemis",
                "--data DIR           where the journal lives; without it everything is in memory",
                "--user U --password P only this user may connect",
                "Dead letters and what has expired go to " + DEAD_LETTERS + ", as with ActiveMQ.");
    }

    private static Configuration configuration(Options options) throws Exception {
        Configuration configuration = new ConfigurationImpl()
                .setName(options.text("name", "artemis"))
                .setJMXManagementEnabled(false)
                .setSecurityEnabled(options.text("user", null) != null)
                .setPersistenceEnabled(options.text("data", null) != null)
                .addAcceptorConfiguration("openwire", acceptor(options.required("uri")))
                .addAddressConfiguration(deadLetters())
                .addAddressSetting("#", addressSettings());
        configuration.setSecurityRoles(Map.of("#", Set.of(everythingFor("users"))));
        if (configuration.isPersistenceEnabled()) {
            keepIn(new File(options.required("data")), configuration);
        }
        return configuration;
    }

    private static String acceptor(String uri) {
        return uri + (uri.contains("?") ? "&" : "?") + "protocols=OPENWIRE";
    }

    private static CoreAddressConfiguration deadLetters() {
        QueueConfiguration queue =
                QueueConfiguration.of(DEAD_LETTERS).setRoutingType(RoutingType.ANYCAST);
        return new CoreAddressConfiguration()
                .setName(DEAD_LETTERS)
                .addRoutingType(RoutingType.ANYCAST)
                .setQueueConfigs(List.of(queue));
    }

    private static AddressSettings addressSettings() {
        return new AddressSettings()
                .setAutoCreateAddresses(true)
                .setAutoCreateQueues(true)
                .setDeadLetterAddress(SimpleString.of(DEAD_LETTERS))
                .setExpiryAddress(SimpleString.of(DEAD_LETTERS));
    }

    private static void keepIn(File folder, Configuration configuration) {
        configuration
                .setJournalDirectory(new File(folder, "journal").getPath())
                .setBindingsDirectory(new File(folder, "bindings").getPath())
                .setPagingDirectory(new File(folder, "paging").getPath())
                .setLargeMessagesDirectory(new File(folder, "large-messages").getPath())
                // The native library for the other kind is not everywhere.
                .setJournalType(JournalType.NIO)
                .setJournalFileSize(1024 * 1024)
                .setJournalMinFiles(2);
    }

    private static Role everythingFor(String role) {
        return new Role(role, true, true, true, true, true, true, true, true, true, true, true, true);
    }

    private static ActiveMQJAASSecurityManager onlyUser(Options options) {
        SecurityConfiguration known = new SecurityConfiguration();
        String user = options.required("user");
        known.addUser(user, options.required("password"));
        known.addRole(user, "users");
        return new ActiveMQJAASSecurityManager(InVMLoginModule.class.getName(), known);
    }

    private static void stop(EmbeddedActiveMQ broker) {
        try {
            broker.stop();
        } catch (Exception failure) {
            failure.printStackTrace();
        }
    }
}
