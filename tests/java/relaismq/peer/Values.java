package relaismq.peer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JMS values as JSON pairs {@code [type, value]}, which keep what plain JSON would lose.
 *
 * <p>{@code float} and {@code double} travel as text, {@code char} as its number, {@code bytes} as
 * hexadecimal digits.
 */
final class Values {
    private Values() {}

    static Object read(JsonNode pair) {
        String type = pair.path(0).asText();
        JsonNode value = pair.path(1);
        return switch (type) {
            case "null" -> null;
            case "boolean" -> value.asBoolean();
            case "byte" -> (byte) value.asInt();
            case "short" -> (short) value.asInt();
            case "int" -> value.asInt();
            case "long" -> value.asLong();
            case "float" -> Float.parseFloat(value.asText());
            case "double" -> Double.parseDouble(value.asText());
            case "char" -> (char) value.asInt();
            case "string" -> value.asText();
            case "bytes" -> bytes(value.asText());
            case "map" -> readAll(value);
            case "list" -> readList(value);
            default -> throw new IllegalArgumentException("no such value type: " + type);
        };
    }

    static List<Object> write(Object value) {
        List<Object> pair = new ArrayList<>();
        pair.add(typeOf(value));
        if (value instanceof Float || value instanceof Double) {
            pair.add(value.toString());
        } else if (value instanceof Character) {
            pair.add((int) (Character) value);
        } else if (value instanceof byte[]) {
            pair.add(hex((byte[]) value));
        } else if (value instanceof Map) {
            pair.add(writeAll((Map<?, ?>) value));
        } else if (value instanceof List) {
            pair.add(((List<?>) value).stream().map(Values::write).toList());
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            pair.add(value);
        } else {
            pair.add(value.toString());
        }
        return pair;
    }

    static Map<String, Object> readAll(JsonNode object) {
        Map<String, Object> values = new LinkedHashMap<>();
        object.fieldNames().forEachRemaining(name -> values.put(name, read(object.get(name))));
        return values;
    }

    private static List<Object> readList(JsonNode array) {
        List<Object> values = new ArrayList<>();
        array.forEach(value -> values.add(read(value)));
        return values;
    }

    private static Map<String, Object> writeAll(Map<?, ?> values) {
        Map<String, Object> written = new LinkedHashMap<>();
        values.forEach((name, value) -> written.put(name.toString(), write(value)));
        return written;
    }

    static byte[] bytes(String hex) {
        return java.util.HexFormat.of().parseHex(hex);
    }

    static String hex(byte[] bytes) {
        return java.util.HexFormat.of().formatHex(bytes);
    }

    private static String typeOf(Object value) {
        if (value == null) {
            return "null";
        }
        if (value instanceof byte[]) {
            return "bytes";
        }
        if (value instanceof Map) {
            return "map";
        }
        if (value instanceof List) {
            return "list";
        }
        return switch (value.getClass().getSimpleName()) {
            case "Boolean" -> "boolean";
            case "Byte" -> "byte";
            case "Short" -> "short";
            case "Integer" -> "int";
            case "Long" -> "long";
            case "Float" -> "float";
            case "Double" -> "double";
            case "Character" -> "char";
            case "String", "UTF8Buffer" -> "string";
            default -> value.getClass().getName();
        };
    }
}
