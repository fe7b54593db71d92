import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.Patterns;

/** Says for each line {"pattern": text, "event": text} of a file whether AWS's own implementation matches. */
public class Compare {
  public static void main(String[] args) throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    try (BufferedReader pairs = Files.newBufferedReader(Path.of(args[0]), StandardCharsets.UTF_8);
        PrintWriter verdicts = new PrintWriter(args[1], StandardCharsets.UTF_8)) {
      for (String line = pairs.readLine(); line != null; line = pairs.readLine()) {
        JsonNode pair = mapper.readTree(line);
        verdicts.println(verdict(pair.get("pattern").asText(), pair.get("event").asText()));
      }
    }
  }

  private static String verdict(String pattern, String event) throws Exception {
    List<Map<String, List<Patterns>>> rules;
    try {
      rules = JsonRuleCompiler.compile(pattern);
    } catch (Exception refused) {
      return "refused: " + inOneLine(refused);
    }
    try {
      Machine machine = new Machine();
      for (Map<String, List<Patterns>> rule : rules) machine.addPatternRule("rule", rule);
      return machine.rulesForJSONEvent(event).isEmpty() ? "no" : "yes";
    } catch (RuntimeException failed) {
      return "failed: " + inOneLine(failed);
    }
  }

  private static String inOneLine(Exception exception) {
    return String.valueOf(exception.getMessage()).replaceAll("\\s+", " ");
  }
}
