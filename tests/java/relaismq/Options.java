package relaismq;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Command-line options {@code --name value}; a name followed by another option is a flag. */
public final class Options {
    private final Map<String, List<String>> values = new HashMap<>();

    /** Reads the arguments; refuses what is neither an option nor its value. */
    public Options(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (!arguments[i].startsWith("--")) {
                throw new IllegalArgumentException("unexpected argument: " + arguments[i]);
            }
            String name = arguments[i].substring(2);
            boolean flag = i + 1 == arguments.length || arguments[i + 1].startsWith("--");
            String value = flag ? "true" : arguments[++i];
            values.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
        }
    }

    /** All values given for an option, in order. */
    public List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }

    /** The last value given for an option, or the fallback. */
    public String text(String name, String fallback) {
        List<String> given = all(name);
        return given.isEmpty() ? fallback : given.get(given.size() - 1);
    }

    /** A value that must be given. */
    public String required(String name) {
        String value = text(name, null);
        if (value == null) {
            throw new IllegalArgumentException("missing option --" + name);
        }
        return value;
    }

    /** A whole number. */
    public int number(String name, int fallback) {
        return Integer.parseInt(text(name, Integer.toString(fallback)));
    }

    /** A flag: absent is the fallback, {@code --name} alone is true. */
    public boolean flag(String name, boolean fallback) {
        return Boolean.parseBoolean(text(name, Boolean.toString(fallback)));
    }

    /** Refuses options that the program does not know. */
    public Options only(String... known) {
        List<String> names = List.of(known);
        for (String name : values.keySet()) {
            if (!names.contains(name)) {
                throw new IllegalArgumentException("unknown option --" + name + ", known: " + names);
            }
        }
        return this;
    }
}
