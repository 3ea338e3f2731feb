package relaismq.peer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A real JMS client that does what it is told, one JSON line at a time.
 *
 * <p>Command: {@code {"id":1,"on":"THREAD","op":"OPERATION",...}}. Commands with the same {@code on}
 * run one after the other, others at the same time, as JMS sessions must. Answer: {@code {"id":1,
 * "ok":...}} or {@code {"id":1,"error":{"class":...,"message":...}}}. What happens unasked comes as
 * {@code {"event":...}}. The program ends with its standard input.
 */
public final class JmsPeer {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, ExecutorService> threads = new HashMap<>();
    private final Operations operations = new Operations(JsonLines::say);

    private JmsPeer() {}

    /** Reads commands until the input ends. */
    public static void main(String[] arguments) throws Exception {
        JsonLines.say(Map.of("event", "ready"));
        JmsPeer peer = new JmsPeer();
        BufferedReader input =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            peer.accept(JSON.readTree(line));
        }
        Runtime.getRuntime().halt(0);
    }

    private void accept(JsonNode command) {
        threads.computeIfAbsent(command.path("on").asText("main"), JmsPeer::newThread)
                .execute(() -> answer(command));
    }

    private static ExecutorService newThread(String name) {
        return Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    private void answer(JsonNode command) {
        Map<String, Object> answer = new HashMap<>();
        answer.put("id", command.path("id").asLong());
        try {
            answer.put("ok", operations.perform(command));
        } catch (Exception | LinkageError failure) {
            answer.put("error", describe(failure));
        }
        JsonLines.say(answer);
    }

    /** What a caught exception looks like on the wire: its class, message and the class of its cause. */
    static Map<String, Object> describe(Throwable failure) {
        Map<String, Object> description = new HashMap<>();
        description.put("class", failure.getClass().getName());
        description.put("message", String.valueOf(failure.getMessage()));
        if (failure.getCause() != null) {
            description.put("cause", failure.getCause().getClass().getName());
        }
        return description;
    }
}
