using System.Text;
using System.Text.Json;

namespace LlamaSpan;

/// <summary>
/// Makes valid JSON of a broken candidate: read as near-JSON first; a model fills in, under the grammar, only what the candidate does not say.
/// Immutable, safe to share between threads.
/// </summary>
public sealed class JsonRepair
{
    private const int LongestValue = 256;      // tokens that one value may take

    private static readonly JsonGrammarOptions s_options = new() { PropertyOrder = JsonPropertyOrder.Any, Whitespace = JsonWhitespace.Separators };

    private JsonRepair(JsonGrammar grammar, string schema, bool known) => (Grammar, Schema, IsSchemaKnown) = (grammar, schema, known);

    /// <summary>What a repaired text satisfies.</summary>
    public JsonGrammar Grammar { get; }

    /// <summary>The schema or description as it was given.</summary>
    public string Schema { get; }

    /// <summary>False where a description is not of the form read, so that any JSON object passes.</summary>
    public bool IsSchemaKnown { get; }

    /// <summary>For a JSON Schema; properties keep the candidate's order.</summary>
    /// <exception cref="GrammarException">The schema cannot be enforced; see <see cref="JsonGrammar.FromSchema(string, JsonGrammarOptions)"/>.</exception>
    public static JsonRepair ForSchema(string schema) => new(JsonGrammar.FromSchema(schema, s_options), schema, known: true);

    /// <summary>
    /// For a description in words, such as <c>{name: string, colors: array of string, owner: {age: integer}}</c>: types are string, boolean,
    /// integer, number, "array of" a type, and braces; "or null" may follow. A JSON Schema passes too. Anything else is taken for any object.
    /// </summary>
    /// <exception cref="GrammarException">It is a JSON Schema that cannot be enforced.</exception>
    public static JsonRepair ForDescription(string description)
    {
        ArgumentNullException.ThrowIfNull(description);
        if (SchemaDescription.Read(description)?.ToJsonString() is { } read)
            return new(JsonGrammar.FromSchema(read, s_options), description, known: true);
        return IsJsonObject(description)
            ? ForSchema(description)
            : new(JsonGrammar.FromSchema("""{"type":"object"}""", s_options), description, known: false);
    }

    /// <summary>Repairs without a model: what is missing becomes something short, such as an empty string.</summary>
    /// <param name="candidate">The broken text.</param>
    /// <exception cref="GrammarException">No valid value was found in the time that may take.</exception>
    public JsonRepairResult Repair(string candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        NearJsonResult fitted = Fit(candidate, out _);
        return new JsonRepairResult(fitted.ToString(), fitted.Changes, 0, IsSchemaKnown);
    }

    /// <summary>Repairs, and lets a model fill in what is missing.</summary>
    /// <param name="candidate">The broken text.</param>
    /// <param name="generator">The model.</param>
    /// <param name="prompt">
    /// <see cref="SystemText"/> and <see cref="UserText"/> of the candidate in the model's chat format, up to where its answer begins.
    /// </param>
    /// <param name="sampling">How values are chosen; null for the most probable.</param>
    /// <param name="cancellationToken">Ends it with an exception.</param>
    /// <exception cref="GrammarException">No valid value was found in the time that may take.</exception>
    /// <exception cref="ArgumentException">The prompt has no token, or more than fit with the text.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public JsonRepairResult Repair(
        string candidate, TextGenerator generator, ReadOnlySpan<LlamaToken> prompt, SamplingOptions? sampling = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(generator);
        NearJsonResult fitted = Fit(candidate, out List<NearJsonHole> holes);
        GenerationOptions options = new() { Sampling = sampling ?? SamplingOptions.Greedy, MaxTokens = LongestValue };
        Vocabulary vocabulary = generator.Context.Model.Vocabulary;
        byte[] json = fitted.Utf8.ToArray();
        (int filled, int shift) = (0, 0);
        foreach (NearJsonHole hole in holes)
        {
            int start = hole.Start + shift;
            LlamaToken[] before = [.. prompt, .. vocabulary.Tokenize(json.AsSpan(0, start), addSpecial: false)];
            if (before.Length >= generator.Context.SequenceSize)
                break;
            ReadOnlySpan<byte> next = json.AsSpan(start + hole.Length);
            if (Value(generator, before, hole.Value, next[..Math.Min(1, next.Length)], options, cancellationToken) is not { } value)
                continue;
            byte[] changed = [.. json[..start], .. value, .. json[(start + hole.Length)..]];
            if (!Grammar.IsValid(changed))
                continue; // what stands elsewhere forbids it
            shift += value.Length - hole.Length;
            (json, filled) = (changed, filled + 1);
        }
        return new JsonRepairResult(Encoding.UTF8.GetString(json), fitted.Changes, filled, IsSchemaKnown);
    }

    /// <summary>The system message of the prompt.</summary>
    public const string SystemText =
        "You are a strict JSON repair tool. You only output valid JSON that matches the given schema. Do not explain, do not add comments, do not wrap in markdown.";

    /// <summary>The user message for a candidate.</summary>
    public string UserText(string candidate) =>
        $"Schema (natural language description):\n{Schema}\n\nInvalid or partially valid JSON candidate:\n```json\n{candidate}\n```\n\n"
        + "Return ONLY one valid JSON object that best matches both the schema and the candidate.";

    private NearJsonResult Fit(string candidate, out List<NearJsonHole> holes)
    {
        NearJsonResult fitted = NearJsonFitter.Fit(Encoding.UTF8.GetBytes(candidate), Grammar, out holes);
        return fitted.IsValid ? fitted : throw new GrammarException("no short value of the schema was found");
    }

    /// <summary>What the model says next, as far as it is one value; null if that did not end.</summary>
    /// <param name="generator">The model.</param>
    /// <param name="prompt">What comes before.</param>
    /// <param name="value">What the value may be.</param>
    /// <param name="next">What stands behind it, none at the text's end: the sign that the value has ended.</param>
    /// <param name="options">How to generate.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private byte[]? Value(
        TextGenerator generator, LlamaToken[] prompt, ValueNode value, ReadOnlySpan<byte> next, GenerationOptions options, CancellationToken cancellationToken)
    {
        JsonConstraint constraint = Grammar.Part(value, next).CreateConstraint(generator.Context.Model.Vocabulary.Tokens);
        foreach (GeneratedPiece _ in generator.Generate(prompt, options, constraint, cancellationToken))
            if (constraint.MustEnd)
                break;
        return constraint.IsComplete ? constraint.Text[..^next.Length].Trim(" \n\r\t"u8).ToArray() : null;
    }

    private static bool IsJsonObject(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
