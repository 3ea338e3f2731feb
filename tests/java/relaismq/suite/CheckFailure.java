package relaismq.suite;

/** A check that did not hold. */
final class CheckFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    CheckFailure(String reason) {
        super(reason);
    }
}
