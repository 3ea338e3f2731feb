package relaismq.peer;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;

/** What a program says on standard output: one JSON object a line. */
public final class JsonLines {
    private static final ObjectMapper JSON = new ObjectMapper();

    private JsonLines() {}

    /** Says it as one line, whatever else is said at the same time. */
    public static void say(Map<String, Object> line) {
        try {
            String text = JSON.writeValueAsString(line);
            synchronized (System.out) {
                System.out.println(text);
            }
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
