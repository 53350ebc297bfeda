using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LlamaSpan;

/// <summary>
/// What a text may be: compiled once, immutable, safe to share between threads. A text that a grammar's <see cref="JsonConstraint"/> lets
/// through to its end satisfies the schema; each text on the way can be completed.
/// </summary>
/// <remarks>
/// Names of unlisted properties never repeat within an object, and strings are spelled with the escapes that RFC 8259 requires (any escape
/// where a string's characters are free). Items that must differ (uniqueItems) are spelled in one way if they are scalars; where some are objects or
/// arrays that cannot always be made longer, scalars within items are too. Such an object or array has as many different values as are counted at
/// least: where there are few, the last of them may be out of reach (of several optional properties in any order, of alternatives side by side, of
/// what an open condition or contains asks for). Items that are strings from given texts are refused. Beside the standard's keywords a schema may hold <c>"x-grounded": {"in": name}</c>: a string must come from
/// the texts of that name in a <see cref="Grounding"/>; or <c>"x-grounded": {"values": "/nodes/*/id"}</c>: a string must repeat one of those that the
/// instance holds at that place, which lies in an earlier, required property of the root and is never empty.
/// </remarks>
public sealed class JsonGrammar
{
    private static readonly ConditionalWeakTable<JsonTypeInfo, JsonGrammar> Types = [];

    private readonly MaskCaches _caches = new();

    private JsonGrammar(Node start, JsonGrammarOptions options, IReadOnlyList<string> warnings) =>
        (Start, Options, Warnings, ShortTexts) = (start, options, warnings, new ShortTexts(options));

    /// <summary>How the grammar was compiled.</summary>
    public JsonGrammarOptions Options { get; }

    /// <summary>What was taken as an annotation though it may have been meant as more: unknown keywords and formats, with their JSON pointers.</summary>
    public IReadOnlyList<string> Warnings { get; }

    internal Node Start { get; }

    internal ShortTexts ShortTexts { get; }

    /// <summary>Counts the values that items have left which must differ, where those are followed; else null.</summary>
    internal ValueWays? Ways { get; private init; }

    /// <summary>The names whose texts strings must come from, and the least lengths asked for.</summary>
    internal IReadOnlyList<(string Source, int Min)> GroundedSources { get; init; } = [];

    /// <summary>True if strings must repeat values of the instance itself.</summary>
    internal bool RepeatsValues { get; init; }

    /// <summary>Compiles a JSON Schema.</summary>
    /// <param name="utf8Schema">The schema, UTF-8.</param>
    /// <param name="options">How to read it; null for <see cref="JsonGrammarOptions.Default"/>.</param>
    /// <exception cref="GrammarException">The schema is no JSON, malformed, unsatisfiable, or asks for what cannot be enforced.</exception>
    public static JsonGrammar FromSchema(ReadOnlySpan<byte> utf8Schema, JsonGrammarOptions? options = null)
    {
        JsonDocument document;
        try
        {
            var reader = new Utf8JsonReader(utf8Schema, new JsonReaderOptions { MaxDepth = 500 });
            document = JsonDocument.ParseValue(ref reader);
            if (reader.Read())
                throw new GrammarException("text after the schema");
        }
        catch (JsonException e)
        {
            throw new GrammarException($"the schema is no JSON: {e.Message}", "", null, e);
        }
        using (document)
            return FromSchema(document.RootElement, options);
    }

    /// <summary>Compiles a JSON Schema; see the overload for UTF-8.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="options">How to read it; null for <see cref="JsonGrammarOptions.Default"/>.</param>
    /// <exception cref="GrammarException">The schema is no JSON, malformed, unsatisfiable, or asks for what cannot be enforced.</exception>
    public static JsonGrammar FromSchema(string schema, JsonGrammarOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return FromSchema(Encoding.UTF8.GetBytes(schema), options);
    }

    /// <summary>Compiles a JSON Schema; see the overload for UTF-8. The element is not needed afterwards.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="options">How to read it; null for <see cref="JsonGrammarOptions.Default"/>.</param>
    /// <exception cref="GrammarException">The schema is malformed, unsatisfiable, or asks for what cannot be enforced.</exception>
    public static JsonGrammar FromSchema(JsonElement schema, JsonGrammarOptions? options = null)
    {
        options ??= JsonGrammarOptions.Default;
        options.Check();
        using Work.Scope work = Work.Begin(Work.ToCompile);
        var pool = new ExprPool();
        Expr root = SchemaReader.Read(schema, pool, options, out IReadOnlyList<string> warnings);
        if (pool.UniqueItems.Count > 0 && pool.Made.Any(e => e is Expr.Not { Inner: Expr.Unique }))
            throw new GrammarException("cannot enforce uniqueItems below not", pool.UniqueItems[0].Pointer, "uniqueItems");
        JsonAutomaton automaton;
        try
        {
            automaton = new JsonAutomaton(pool, options) { FollowsItems = pool.UniqueItems.Count > 0 };
            if (!automaton.FollowsItems || !Array.Exists(pool.ItemSchemas(), automaton.MayBeClosed))
                automaton = new JsonAutomaton(pool, options);
            int height = automaton.HeightOf(root);
            if (Work.IsSpent)
                throw new GrammarException("a schema that takes too long to compile");
            foreach ((string pointer, Expr[] items) in pool.UniqueItems)
                if (Array.Exists(items, item => automaton.GroundedOf(item).Length > 0))
                    throw new GrammarException("cannot enforce uniqueItems of strings from given texts", pointer, "uniqueItems");
            if (height == ValueNode.Unsatisfiable)
                throw new GrammarException("no value satisfies the schema, or none that can be found");
            if (height > options.MaxDepth)
                throw new GrammarException($"each value nests deeper than {options.MaxDepth}");
        }
        catch (InsufficientExecutionStackException e)
        {
            throw new GrammarException("schemas nest too deep", "", null, e);
        }
        return new JsonGrammar(automaton.Value(root), options, warnings)
        {
            GroundedSources = pool.GroundedSources,
            RepeatsValues = pool.RepeatsValues,
            Ways = automaton.FollowsItems ? automaton.Ways : null,
        };
    }

    /// <summary>
    /// The JSON of a C# type, such that System.Text.Json reads each instance back into it. The value is not null, objects are closed, numbers lie
    /// within their type's range, dates and the like are spelled as System.Text.Json reads them. A property may be left out only if it is
    /// nullable or its constructor's parameter has a default value. Attributes of properties and of constructor parameters count: Range,
    /// StringLength, Length, MinLength, MaxLength (in Unicode characters), RegularExpression, AllowedValues, DeniedValues, Required, EmailAddress, Url, Phone,
    /// Base64String, Description, <see cref="GroundedAttribute"/>; other attributes that validate are refused.
    /// </summary>
    /// <param name="type">The type's metadata, from a source-generated JsonSerializerContext.</param>
    /// <param name="options">White space, order and limits; null for <see cref="JsonGrammarOptions.Default"/>.</param>
    /// <exception cref="GrammarException">
    /// A part of the type has a JSON form that is not known (a converter of its own) or cannot be read (an interface), or an attribute cannot be enforced.
    /// </exception>
    public static JsonGrammar FromType(JsonTypeInfo type, JsonGrammarOptions? options = null)
    {
        options ??= JsonGrammarOptions.Default;
        int depth = type.Options.MaxDepth == 0 ? 64 : type.Options.MaxDepth;
        return FromSchema(SchemaOf(type, options), options with { MaxDepth = Math.Min(depth, options.MaxDepth) });
    }

    /// <summary>The grammar of a type with the default options, made once for each metadata object.</summary>
    /// <param name="type">The type's metadata.</param>
    /// <exception cref="GrammarException">As for <see cref="FromType"/>.</exception>
    public static JsonGrammar OfType(JsonTypeInfo type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Types.GetValue(type, static t => FromType(t));
    }

    /// <summary>The schema that <see cref="FromType"/> compiles, to be shown to a model.</summary>
    /// <param name="type">The type's metadata.</param>
    /// <param name="options">As for <see cref="FromType"/>.</param>
    /// <exception cref="GrammarException">As for <see cref="FromType"/>.</exception>
    public static string SchemaOf(JsonTypeInfo type, JsonGrammarOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(type);
        return TypeSchema.Of(type, (options ?? JsonGrammarOptions.Default).PropertyOrder).ToJsonString();
    }

    /// <summary>Any JSON value.</summary>
    /// <param name="options">White space and limits; null for <see cref="JsonGrammarOptions.Default"/>.</param>
    public static JsonGrammar AnyJson(JsonGrammarOptions? options = null) => FromSchema("true"u8, options);

    /// <summary>One of some texts, as they are: no JSON, no quotes.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static JsonGrammar OneOf(params IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        StringLanguage language = StringLanguage.Of(texts);
        if (language.IsEmpty)
            throw new ArgumentException("At least one text is needed.", nameof(texts));
        return Raw(language);
    }

    /// <summary>A text that matches a regular expression from its beginning to its end, as it is: no JSON, no quotes.</summary>
    /// <param name="pattern">ECMA-262 syntax, without backreferences; lookahead only at the beginning.</param>
    /// <exception cref="GrammarException">The pattern is malformed, matches nothing, or needs more than a finite automaton.</exception>
    public static JsonGrammar Regex(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        StringLanguage language;
        try
        {
            language = StringLanguage.Of(RegexAutomaton.Build(RegexParser.Parse(pattern), whole: true));
        }
        catch (FormatException e)
        {
            throw new GrammarException($"cannot enforce the pattern: {e.Message}", "", "pattern", e);
        }
        return language.IsEmpty ? throw new GrammarException("no text matches the pattern", "", "pattern") : Raw(language);
    }

    /// <summary>
    /// This grammar's JSON within other text: the text before the marker is free, its end-of-generation tokens apart.
    /// </summary>
    /// <param name="embedding">Where the JSON begins and what follows it.</param>
    /// <exception cref="InvalidOperationException">The grammar is of plain text, or within other text already.</exception>
    /// <exception cref="GrammarException">No value begins with a marker that is to be part of it.</exception>
    public JsonGrammar InText(JsonEmbedding embedding)
    {
        ArgumentNullException.ThrowIfNull(embedding);
        if (Start is not ValueNode || RepeatsValues)
            throw new InvalidOperationException("Only a grammar of JSON values that repeats none of them can be put into other text, and only once.");
        var grammar = new JsonGrammar(new MarkerNode(embedding, Start, mayEnd: !embedding.MustCome), Options, Warnings) { Embedding = embedding, GroundedSources = GroundedSources, Ways = Ways };
        var tape = new Tape(grammar);
        (int from, int to) = (0, 1);
        foreach (byte b in Encoding.UTF8.GetBytes(embedding.Marker))
        {
            int start = tape.HeadTop;
            if (!tape.Step(from, to, b))
                throw new GrammarException($"no value begins with the marker '{embedding.Marker}'");
            (from, to) = (start, tape.HeadTop);
        }
        return grammar;
    }

    /// <summary>What surrounds the JSON, or null; see <see cref="InText"/>.</summary>
    public JsonEmbedding? Embedding { get; private init; }

    /// <summary>A new state at the beginning, over a vocabulary.</summary>
    /// <param name="table">The vocabulary; what is prepared from it is kept as long as it lives.</param>
    /// <param name="grounding">The texts behind the names of the schema's <c>x-grounded</c>; may be null where it has none.</param>
    /// <exception cref="ArgumentException">
    /// Texts are missing, or shorter than the schema asks for; or the vocabulary cannot spell JSON: it is WordPiece, or lacks a token for a
    /// printable character of ASCII.
    /// </exception>
    public JsonConstraint CreateConstraint(TokenTable table, Grounding? grounding = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        Grounding.Check(this, grounding);
        return new JsonConstraint(this, table, GroundedSources.Count == 0 ? null : grounding);
    }

    /// <summary>Whether a text is let through from its beginning to its end.</summary>
    /// <param name="utf8Instance">The text.</param>
    /// <param name="grounding">As for <see cref="CreateConstraint"/>.</param>
    /// <exception cref="ArgumentException">Texts are missing, or shorter than the schema asks for.</exception>
    public bool IsValid(ReadOnlySpan<byte> utf8Instance, Grounding? grounding = null)
    {
        Grounding.Check(this, grounding);
        var tape = new Tape(this, grounding);
        (int from, int to) = (0, 1);
        foreach (byte b in utf8Instance)
        {
            int start = tape.HeadTop;
            if (!tape.Step(from, to, b))
                return false;
            tape.MoveHeads(start, 0);
            (from, to) = (0, tape.HeadTop);
        }
        return tape.IsComplete(from, to);
    }

    /// <summary>One of this grammar's values by itself, and a text right behind it.</summary>
    internal JsonGrammar Part(ValueNode value, ReadOnlySpan<byte> next) =>
        new(value, Options, Warnings) { Closing = next.IsEmpty ? null : new LiteralNode(Encoding.Latin1.GetString(next)), Ways = Ways };

    /// <summary>What must follow at the end, or null.</summary>
    internal LiteralNode? Closing { get; private init; }

    internal MaskCache CacheFor(TokenTable table) => _caches.Of(table);

    private static JsonGrammar Raw(StringLanguage language) =>
        new(new StringNode(new StringMachine(language, TextSpelling.Raw)), JsonGrammarOptions.Default, []);
}
