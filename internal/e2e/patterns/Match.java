import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.Ruler;

/**
 * Answers, with AWS's Event Ruler, which patterns match which events. It reads one request a
 * line and writes one answer a line, both JSON:
 *
 * <pre>
 * {"patterns": {"name": "pattern as text"}, "events": ["event as text"]}
 * {"refused": {"name": "why"}, "machine": [["name"]], "ruler": [["name"]]}
 * </pre>
 *
 * Machine and ruler hold the names of the matching patterns for each event: once from one
 * machine that holds them all, as a bus does, and once from each pattern alone. A pattern
 * that is refused is in neither.
 */
public class Match {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Answers each line until the input ends. */
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintWriter out = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), false);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
            out.flush();
        }
    }

    private static ObjectNode answer(JsonNode request) throws Exception {
        ObjectNode answer = JSON.createObjectNode();
        ObjectNode refused = answer.putObject("refused");
        ArrayNode together = answer.putArray("machine");
        ArrayNode apart = answer.putArray("ruler");
        Machine machine = new Machine();
        List<Map.Entry<String, JsonNode>> accepted = new ArrayList<>();
        Iterator<Map.Entry<String, JsonNode>> patterns = request.get("patterns").fields();
        while (patterns.hasNext()) {
            Map.Entry<String, JsonNode> one = patterns.next();
            String why = refusal(machine, one.getKey(), one.getValue().asText());
            if (why != null) {
                refused.put(one.getKey(), why);
                continue;
            }
            accepted.add(one);
        }
        for (JsonNode event : request.get("events")) {
            names(together, machine.rulesForJSONEvent(event.asText()));
            List<String> matching = new ArrayList<>();
            for (Map.Entry<String, JsonNode> one : accepted) {
                if (Ruler.matchesRule(event.asText(), one.getValue().asText())) {
                    matching.add(one.getKey());
                }
            }
            names(apart, matching);
        }
        return answer;
    }

    /** Adds a pattern to the machine and returns null, or returns why it is no pattern. */
    private static String refusal(Machine machine, String name, String pattern) {
        String why = JsonRuleCompiler.check(pattern);
        if (why != null) {
            return why;
        }
        try {
            machine.addRule(name, pattern);
            return null;
        } catch (Exception e) {
            return e.toString();
        }
    }

    /** Adds one event's names, each once and in order. */
    private static void names(ArrayNode answers, List<String> matching) {
        ArrayNode one = answers.addArray();
        for (String name : new TreeSet<>(matching)) {
            one.add(name);
        }
    }
}
