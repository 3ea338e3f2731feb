package relaismq.suite;

import java.util.Arrays;
import java.util.Objects;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.TextMessage;

/** What the checks expect; everything else is a {@link CheckFailure}. */
final class Expect {
    /** How long something that must come may take. */
    static final long SOON = 5_000;

    /** How long to look for something that must not come. */
    static final long BRIEFLY = 250;

    private Expect() {}

    static void that(boolean holds, String what) {
        if (!holds) {
            throw new CheckFailure(what);
        }
    }

    static void equal(Object expected, Object actual, String what) {
        if (!Objects.deepEquals(expected, actual)) {
            throw new CheckFailure(what + ": expected " + show(expected) + ", found " + show(actual));
        }
    }

    /** The next message must come soon. */
    static Message message(MessageConsumer consumer) throws JMSException {
        Message message = consumer.receive(SOON);
        that(message != null, "no message within " + SOON + " ms");
        return message;
    }

    /** The next messages must be texts, these and in this order. */
    static TextMessage text(MessageConsumer consumer, String... texts) throws JMSException {
        Message last = null;
        for (String text : texts) {
            last = message(consumer);
            that(last instanceof TextMessage, "a text message, not " + last.getClass().getName());
            equal(text, ((TextMessage) last).getText(), "text");
        }
        return (TextMessage) last;
    }

    /** No message may come. */
    static void nothing(MessageConsumer consumer) throws JMSException {
        Message message = consumer.receive(BRIEFLY);
        that(message == null, "an unexpected message: " + message);
    }

    /** The action must throw exactly this class. */
    static <T extends Throwable> T failure(Class<T> type, Action action) {
        try {
            action.run();
        } catch (Throwable failure) {
            if (failure.getClass() == type) {
                return type.cast(failure);
            }
            throw new CheckFailure("expected " + type.getName() + ", caught " + failure);
        }
        throw new CheckFailure("expected " + type.getName() + ", nothing was thrown");
    }

    private static String show(Object value) {
        return value instanceof byte[] ? Arrays.toString((byte[]) value) : String.valueOf(value);
    }

    /** Something that may throw. */
    interface Action {
        void run() throws Exception;
    }
}
