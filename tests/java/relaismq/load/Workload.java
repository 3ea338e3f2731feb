package relaismq.load;

import javax.jms.DeliveryMode;
import javax.jms.Session;
import javax.net.ssl.SSLContext;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.ActiveMQSession;
import org.apache.activemq.command.ActiveMQDestination;
import relaismq.Options;
import relaismq.Pem;

/** One workload as the command line describes it. */
record Workload(
        ActiveMQConnectionFactory factory,
        ActiveMQDestination destination,
        int queues,
        int messages,
        int warmUp,
        int size,
        int deliveryMode,
        int producers,
        int consumers,
        boolean callback,
        int transaction,
        int acknowledge,
        boolean drain,
        int deadlineSeconds) {

    static Workload from(Options options) throws Exception {
        options.only("url", "ca", "user", "password", "destination", "messages", "warm-up", "size",
                "persistent", "producers", "consumers", "async", "callback", "transaction", "ack",
                "drain", "deadline", "queues");
        if (options.text("ca", null) != null) {
            trust(options.text("ca", null));
        }
        int messages = options.number("messages", 10_000);
        return new Workload(
                factory(options),
                ActiveMQDestination.createDestination(
                        options.text("destination", "queue://load"), ActiveMQDestination.QUEUE_TYPE),
                options.number("queues", 1),
                messages,
                options.number("warm-up", Math.min(2000, messages / 5)),
                options.number("size", 1024),
                options.flag("persistent", true) ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT,
                options.number("producers", 1),
                options.number("consumers", 1),
                options.flag("callback", false),
                options.number("transaction", 0),
                acknowledge(options.text("ack", "auto")),
                options.flag("drain", false),
                options.number("deadline", 300));
    }

    /** Where the producer or consumer with this number works. */
    ActiveMQDestination destination(int number) {
        return queues == 1 ? destination : ActiveMQDestination.createDestination(
                destination.getPhysicalName() + "." + number % queues, destination.getDestinationType());
    }

    /** How many messages arrive of those sent: each subscriber of a topic gets them all. */
    int arriving(int sent) {
        return destination.isTopic() ? sent * consumers : sent;
    }

    /** How many of a phase's messages one producer sends. */
    int share(int total, int producer) {
        return total / producers + (producer < total % producers ? 1 : 0);
    }

    /** What the system property javax.net.ssl.trustStore does, without a key store. */
    private static void trust(String caFile) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, Pem.trust(caFile), null);
        SSLContext.setDefault(context);
    }

    private static ActiveMQConnectionFactory factory(Options options) {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(options.required("url"));
        String user = options.text("user", null);
        if (user != null) {
            factory.setUserName(user);
            factory.setPassword(options.required("password"));
        }
        if (options.flag("async", false)) {
            factory.setUseAsyncSend(true);
        }
        factory.setWatchTopicAdvisories(false);
        return factory;
    }

    private static int acknowledge(String mode) {
        return switch (mode) {
            case "auto" -> Session.AUTO_ACKNOWLEDGE;
            case "individual" -> ActiveMQSession.INDIVIDUAL_ACKNOWLEDGE;
            case "dups_ok" -> Session.DUPS_OK_ACKNOWLEDGE;
            case "transacted" -> Session.SESSION_TRANSACTED;
            default -> throw new IllegalArgumentException("no such --ack: " + mode);
        };
    }
}
