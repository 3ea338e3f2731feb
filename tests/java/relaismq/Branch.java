package relaismq;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import javax.transaction.xa.Xid;

/** A branch of a distributed transaction, as a transaction manager names it. */
public final class Branch implements Xid {
    private static final int FORMAT = 1234;

    private final byte[] global;
    private final byte[] qualifier;

    private Branch(String global, String qualifier) {
        this.global = global.getBytes(StandardCharsets.UTF_8);
        this.qualifier = qualifier.getBytes(StandardCharsets.UTF_8);
    }

    /** One that nobody else has. */
    public static Branch anew() {
        return new Branch(UUID.randomUUID().toString(), "1");
    }

    /** Whether this is one of the branches. */
    public boolean isAmong(Xid... branches) {
        return Arrays.stream(branches).anyMatch(this::is);
    }

    private boolean is(Xid other) {
        return other.getFormatId() == FORMAT
                && Arrays.equals(global, other.getGlobalTransactionId())
                && Arrays.equals(qualifier, other.getBranchQualifier());
    }

    @Override
    public int getFormatId() {
        return FORMAT;
    }

    @Override
    public byte[] getGlobalTransactionId() {
        return global.clone();
    }

    @Override
    public byte[] getBranchQualifier() {
        return qualifier.clone();
    }
}
