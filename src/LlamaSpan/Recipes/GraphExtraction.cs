using System.Text.Json.Nodes;

namespace LlamaSpan;

/// <summary>Knowledge graphs out of texts, in which no edge points nowhere and no label is made up.</summary>
public static class GraphExtraction
{
    /// <summary>What the model is told to be.</summary>
    public const string SystemText = "You are an information extraction model. You MUST output a JSON with \"nodes\" and \"edges\".";

    /// <summary>What stands before the text.</summary>
    public const string InstructionText = "Extract a knowledge graph from this text: ";

    private static readonly GraphOptions s_defaults = new();
    private static readonly JsonGrammarOptions s_grammar = new() { Whitespace = JsonWhitespace.Separators };

    /// <summary>
    /// Extracts a graph. Each label stands in the text word for word, and each edge joins two of the nodes: the sampler lets nothing else
    /// through.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="text">The text, which with its graph must fit the engine's context.</param>
    /// <param name="options">What is asked and how it is generated; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="ArgumentException">The text is empty, or does not fit.</exception>
    /// <exception cref="ChatTemplateException">The model's chat template cannot be used.</exception>
    /// <exception cref="TokenizeException">The text cannot be tokenised.</exception>
    /// <exception cref="RequestException">The engine did not answer.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<JsonCompletion<KnowledgeGraph>> ExtractGraphAsync(
        this LlamaEngine engine, string text, GraphOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentException.ThrowIfNullOrEmpty(text);
        options ??= s_defaults;
        using ChatPrompt prompt = RecipePrompt.Apply(engine, options.Template, options.System, options.Instruction + text);
        JsonConstraint constraint = JsonGrammar.FromSchema(Schema(options), s_grammar).CreateConstraint(engine.Model.Vocabulary.Tokens, new Grounding("text", text));
        RequestOptions request = options.Request with { Grammar = null, Constraint = () => constraint, StopStrings = [.. options.Request.StopStrings.Union(prompt.StopStrings)] };
        Completion completion = await engine.CompleteAsync(prompt.Tokens.Span, request, cancellationToken).ConfigureAwait(false);
        return JsonCompletion<KnowledgeGraph>.Of(completion, constraint, KnowledgeGraphJson.Default.KnowledgeGraph);
    }

    /// <summary>The JSON Schema of a graph.</summary>
    /// <param name="options">Types, relations and limits; null for the defaults.</param>
    public static string Schema(GraphOptions? options = null)
    {
        options ??= s_defaults;
        JsonObject id = new() { ["type"] = "string", ["pattern"] = "^n[1-9][0-9]{0,2}$" };
        JsonObject label = new() { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = 200, ["x-grounded"] = new JsonObject { ["in"] = "text" } };
        return Closed(("nodes", List(1, options.MaxNodes, Closed(("id", id), ("label", label), ("type", Word(options.NodeTypes))))),
            ("edges", List(0, options.MaxEdges, Closed(("source", IdOfNode()), ("target", IdOfNode()), ("relation", Word(options.Relations)))))).ToJsonString();
    }

    private static JsonObject IdOfNode() => new() { ["type"] = "string", ["x-grounded"] = new JsonObject { ["values"] = "/nodes/*/id" } };

    private static JsonObject Word(IReadOnlyList<string> words) => words.Count > 0
        ? new() { ["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word)]) }
        : new() { ["type"] = "string", ["minLength"] = 1, ["maxLength"] = 60 };

    private static JsonObject List(int least, int most, JsonObject items) =>
        new() { ["type"] = "array", ["minItems"] = least, ["maxItems"] = most, ["items"] = items };

    private static JsonObject Closed(params (string Name, JsonObject Schema)[] properties) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(properties.Select(property => KeyValuePair.Create(property.Name, (JsonNode?)property.Schema))),
        ["required"] = new JsonArray([.. properties.Select(property => (JsonNode)property.Name)]),
        ["additionalProperties"] = false,
    };
}
