package relaismq.suite;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import relaismq.Options;

/**
 * Checks a broker through the real JMS client, feature by feature.
 *
 * <p>Each static method that takes a {@link Stage} is one check, named {@code class.method}. Prints
 * {@code ok NAME} or {@code FAIL NAME reason} for each and ends with status 1 if any failed.
 */
public final class JmsSuite {
    private static final List<Class<?>> CHECKS = List.of(
            ConnectionChecks.class,
            QueueChecks.class,
            BrowserChecks.class,
            PullChecks.class,
            TopicChecks.class,
            DurableChecks.class,
            AckChecks.class,
            RedeliveryChecks.class,
            TransactionChecks.class,
            DistributedChecks.class,
            SelectorChecks.class,
            TemporaryChecks.class,
            DestinationChecks.class,
            AdvisoryChecks.class,
            GroupChecks.class,
            MessageChecks.class,
            PropertyChecks.class,
            ProducerChecks.class);

    private JmsSuite() {}

    /** Options: {@code --url URL [--only PREFIX] [--deadline SECONDS] [--traces] [--list]}. */
    public static void main(String[] arguments) {
        Options options = new Options(arguments).only("url", "only", "deadline", "traces", "list");
        List<Method> checks = checks(options.text("only", ""));
        if (options.flag("list", false)) {
            checks.forEach(check -> System.out.println(name(check)));
            return;
        }
        int failed = 0;
        for (Method check : checks) {
            failed += passes(check, options) ? 0 : 1;
        }
        System.out.printf("%d checks, %d failed%n", checks.size(), failed);
        // Not exit(): a connection that the broker left hanging must not keep the program alive.
        System.out.flush();
        Runtime.getRuntime().halt(failed == 0 && !checks.isEmpty() ? 0 : 1);
    }

    private static List<Method> checks(String prefix) {
        List<Method> checks = new ArrayList<>();
        for (Class<?> group : CHECKS) {
            List.of(group.getDeclaredMethods()).stream()
                    .filter(JmsSuite::isCheck)
                    .filter(method -> name(method).startsWith(prefix))
                    .sorted(Comparator.comparing(Method::getName))
                    .forEach(checks::add);
        }
        return checks;
    }

    private static boolean isCheck(Method method) {
        Class<?>[] takes = method.getParameterTypes();
        return Modifier.isStatic(method.getModifiers()) && !Modifier.isPrivate(method.getModifiers())
                && takes.length == 1 && takes[0] == Stage.class;
    }

    private static String name(Method check) {
        String group = check.getDeclaringClass().getSimpleName().replace("Checks", "");
        return group.toLowerCase(java.util.Locale.ROOT) + "." + check.getName();
    }

    private static boolean passes(Method check, Options options) {
        Throwable failure = run(check, options);
        if (failure == null) {
            System.out.println("ok " + name(check));
            return true;
        }
        System.out.println("FAIL " + name(check) + " " + oneLine(failure));
        if (options.flag("traces", false)) {
            failure.printStackTrace();
        }
        return false;
    }

    /** Runs a check on a thread of its own, so that one that hangs costs only its deadline. */
    private static Throwable run(Method check, Options options) {
        FutureTask<Void> task = new FutureTask<>(() -> {
            try (Stage stage = new Stage(options.required("url"), name(check))) {
                check.invoke(null, stage);
            }
            return null;
        });
        Thread thread = new Thread(task, name(check));
        thread.setDaemon(true);
        thread.start();
        try {
            task.get(options.number("deadline", 30), TimeUnit.SECONDS);
            return null;
        } catch (TimeoutException late) {
            return new CheckFailure("not finished in time, it was at " + position(thread));
        } catch (ExecutionException failure) {
            Throwable cause = failure.getCause();
            return cause instanceof java.lang.reflect.InvocationTargetException ? cause.getCause() : cause;
        } catch (InterruptedException interrupted) {
            return interrupted;
        }
    }

    /** The innermost line of a check that hangs. */
    private static String position(Thread thread) {
        for (StackTraceElement element : thread.getStackTrace()) {
            if (element.getClassName().startsWith(JmsSuite.class.getPackageName())) {
                return element.toString();
            }
        }
        return "an unknown place";
    }

    private static String oneLine(Throwable failure) {
        String text = failure instanceof CheckFailure ? failure.getMessage() : failure.toString();
        return String.valueOf(text).replaceAll("\\s+", " ");
    }
}
