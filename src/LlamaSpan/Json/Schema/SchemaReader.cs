using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlamaSpan;

/// <summary>Reads a schema document into an expression; refuses what it does not understand or cannot enforce.</summary>
internal sealed partial class SchemaReader
{
    private const int MaxExpressions = 400_000;

    private static readonly HashSet<string> Annotations =
    [
        "$schema", "$id", "id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$comment", "$vocabulary", "$defs", "definitions", "title",
        "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "contentEncoding", "contentMediaType", "contentSchema",
    ];

    private static readonly HashSet<string> Handled =
    [
        "type", "enum", "const", "$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf", "not", "if", "then", "else",
        "properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties", "maxProperties",
        "items", "prefixItems", "additionalItems", "contains", "minContains", "maxContains", "minItems", "maxItems", "uniqueItems",
        "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties", "unevaluatedItems",
        PlainIntegerKeyword, FiniteKeyword, GroundedKeyword,
    ];

    /// <summary>Our own keyword: true asks for integers spelled with digits alone.</summary>
    public const string PlainIntegerKeyword = "x-llamaspan-plainInteger";

    /// <summary>Our own keyword: true asks for numbers that a double holds.</summary>
    public const string FiniteKeyword = "x-llamaspan-finite";

    /// <summary>Our own keyword: {"in": name} asks for strings from the texts of that name.</summary>
    public const string GroundedKeyword = "x-grounded";

    private readonly SchemaDocument _document;
    private readonly ExprPool _pool;
    private readonly JsonGrammarOptions _options;
    private readonly SchemaDialect _dialect;
    private readonly bool _hasUnevaluated;
    private readonly List<string> _warnings = [];
    private readonly Dictionary<string, SchemaSlot> _slots = [];

    private SchemaReader(JsonElement root, ExprPool pool, JsonGrammarOptions options)
    {
        (_pool, _options, _dialect) = (pool, options, SchemaDialects.Of(root));
        _document = new SchemaDocument(root, _dialect);
        _hasUnevaluated = _dialect.HasModern() && JsonMarshal.GetRawUtf8Value(root).IndexOf("\"unevaluated"u8) >= 0;
    }

    /// <exception cref="GrammarException">The schema is malformed or asks for what cannot be enforced.</exception>
    public static Expr Read(JsonElement root, ExprPool pool, JsonGrammarOptions options, out IReadOnlyList<string> warnings)
    {
        try
        {
            var reader = new SchemaReader(root, pool, options);
            Expr result = reader.ReadTarget(reader._document.Root);
            reader.CheckReferences();
            CheckGrounding(pool);
            warnings = reader._warnings;
            return result;
        }
        catch (InsufficientExecutionStackException e)
        {
            throw new GrammarException("schemas nest too deep", "", null, e);
        }
    }

    /// <summary>The schema at a place that may be referred to: read once.</summary>
    private Expr ReadTarget(SchemaPlace place)
    {
        if (_slots.TryGetValue(place.Pointer, out SchemaSlot? slot))
            return _pool.Reference(slot);
        _slots.Add(place.Pointer, slot = new SchemaSlot());
        Expr read = Read(place);
        return slot.Target = read is Expr.Reference own && own.Slot == slot ? throw Endless(place.Pointer) : read;
    }

    /// <summary>Refuses schemas that refer to themselves with no property or item between: what they mean would never be known.</summary>
    private void CheckReferences()
    {
        var (open, settled) = (new HashSet<SchemaSlot>(), new HashSet<Expr>());
        foreach (SchemaSlot slot in _slots.Values)
            Settle(slot.Target!);

        void Settle(Expr expr)
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            if (settled.Contains(expr))
                return;
            if (expr is Expr.Reference { Slot: var slot })
            {
                if (!open.Add(slot))
                    throw Endless(_slots.First(known => known.Value == slot).Key);
                Settle(slot.Target!);
                open.Remove(slot);
            }
            ReadOnlySpan<Expr> parts = expr switch
            {
                Expr.All all => all.Parts,
                Expr.Any any => any.Parts,
                Expr.ExactlyOne one => one.Parts,
                Expr.Not not => [not.Inner],
                _ => [],
            };
            foreach (Expr part in parts)
                Settle(part);
            settled.Add(expr);
        }
    }

    private static GrammarException Endless(string pointer) => new("a schema that refers to itself without end", pointer, "$ref");

    private Expr Read(SchemaPlace place)
    {
        if (!_hasUnevaluated)
            return ReadNew(place);

        // what is read a second time, for the unevaluated keywords, must be the very same assertions
        if (!_readBefore.TryGetValue((place.Pointer, place.BaseUri), out Expr? known))
            _readBefore[(place.Pointer, place.BaseUri)] = known = ReadNew(place);
        return known;
    }

    private Expr ReadNew(SchemaPlace place)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (_pool.Count > MaxExpressions)
            throw new GrammarException($"more than {MaxExpressions} assertions", place.Pointer);
        if (place.Element.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return ExprPool.Constant(place.Element.ValueKind == JsonValueKind.True);
        if (place.Element.ValueKind != JsonValueKind.Object)
            throw new GrammarException("a schema must be an object or a boolean", place.Pointer);
        place = _document.Enter(place);
        JsonElement schema = place.Element;
        if (!_dialect.KeepsSiblings() && schema.TryGetProperty("$ref", out JsonElement reference) && reference.ValueKind == JsonValueKind.String)
            return ReadTarget(_document.Find(place, reference.GetString()!, "$ref"));
        var parts = new List<Expr>();
        Warn(place);
        ReadReferences(place, parts);
        ReadValues(place, parts);
        ReadCombinations(place, parts);
        ReadStrings(place, parts);
        ReadGrounding(place, parts);
        ReadNumbers(place, parts);
        ReadObjects(place, parts);
        ReadArrays(place, parts);
        ReadUnevaluated(place, parts);
        return _pool.All(parts);
    }

    private void Warn(SchemaPlace place)
    {
        foreach (JsonProperty property in place.Element.EnumerateObject())
            if (!Handled.Contains(property.Name) && !Annotations.Contains(property.Name) && _warnings.Count < 1000)
                _warnings.Add($"#{place.Pointer}: '{property.Name}' is not a keyword and is taken as an annotation");
    }

    private void ReadReferences(SchemaPlace place, List<Expr> parts)
    {
        if (TryString(place, "$ref", out string reference))
            parts.Add(ReadTarget(_document.Find(place, reference, "$ref")));
        if (!_dialect.HasModern())
            return;
        if (TryString(place, "$dynamicRef", out string dynamic))
            parts.Add(ReadTarget(_document.FindDynamic(place, dynamic)));
        if (TryString(place, "$recursiveRef", out string recursive))
        {
            if (_document.HasRecursiveAnchor)
                throw new GrammarException("$recursiveRef in a document with a $recursiveAnchor below its root", place.Pointer, "$recursiveRef");
            parts.Add(ReadTarget(_document.Find(place, recursive, "$recursiveRef")));
        }
    }

    private void ReadCombinations(SchemaPlace place, List<Expr> parts)
    {
        if (Schemas(place, "allOf") is { } all)
            parts.AddRange(all);
        if (Schemas(place, "anyOf") is { } any)
            parts.Add(_pool.Any(any));
        if (Schemas(place, "oneOf") is { } one)
            parts.Add(_pool.ExactlyOne(one));
        if (Schema(place, "not") is { } not)
            parts.Add(_pool.Not(not));
        if (Schema(place, "if") is { } condition)
        {
            if (Schema(place, "then") is { } then)
                parts.Add(_pool.Any(_pool.Not(condition), then));
            if (Schema(place, "else") is { } otherwise)
                parts.Add(_pool.Any(condition, otherwise));
        }
    }

    private void ReadValues(SchemaPlace place, List<Expr> parts)
    {
        if (place.Element.TryGetProperty("type", out JsonElement type))
        {
            if (type.ValueKind == JsonValueKind.Array)
                parts.Add(_pool.Any([.. type.EnumerateArray().Select(t => TypeNamed(place, t))]));
            else
                parts.Add(TypeNamed(place, type));
        }
        if (place.Element.TryGetProperty("const", out JsonElement value))
            parts.Add(Constants([value], place, "const"));
        if (place.Element.TryGetProperty("enum", out JsonElement values))
        {
            if (values.ValueKind != JsonValueKind.Array)
                throw new GrammarException("enum must be an array", place.Pointer, "enum");
            parts.Add(Constants([.. values.EnumerateArray()], place, "enum"));
        }
    }

    private Expr TypeNamed(SchemaPlace place, JsonElement type)
    {
        string? name = type.ValueKind == JsonValueKind.String ? type.GetString() : null;
        return name switch
        {
            "null" => _pool.Type(JsonTypes.Null),
            "boolean" => _pool.Type(JsonTypes.Boolean),
            "number" => _pool.Type(JsonTypes.Number),
            "integer" => _pool.All(_pool.Type(JsonTypes.Number), Integer()),
            "string" => _pool.Type(JsonTypes.String),
            "array" => _pool.Type(JsonTypes.Array),
            "object" => _pool.Type(JsonTypes.Object),
            _ => throw new GrammarException($"the type {type.GetRawText()} is not known", place.Pointer, "type"),
        };
    }

    /// <summary>The values of an enumeration: the scalars of a type together, an array or object as a schema of its own.</summary>
    private Expr Constants(IReadOnlyList<JsonElement> values, SchemaPlace place, string keyword)
    {
        var choices = new List<Expr>();
        var strings = new List<string>();
        var numbers = new List<ExactDecimal>();
        foreach (JsonElement value in values)
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.String: strings.Add(StringOf(value, place, keyword)); break;
                case JsonValueKind.Number: numbers.Add(Decimal(value, place, keyword)); break;
                case JsonValueKind.Null: choices.Add(_pool.Type(JsonTypes.Null)); break;
                case JsonValueKind.True: choices.Add(_pool.Type(JsonTypes.True)); break;
                case JsonValueKind.False: choices.Add(_pool.Type(JsonTypes.False)); break;
                case JsonValueKind.Array: choices.Add(ConstantArray(value, place, keyword)); break;
                default: choices.Add(ConstantObject(value, place, keyword)); break;
            }
        }
        if (strings.Count > 0)
            choices.Add(_pool.All(_pool.Type(JsonTypes.String), _pool.Text(StringLanguage.Of(strings))));
        if (numbers.Count > 0)
            choices.Add(_pool.All(_pool.Type(JsonTypes.Number), _pool.Number(NumberLanguage.Of(numbers))));
        return _pool.Any(choices);
    }

    private Expr ConstantArray(JsonElement value, SchemaPlace place, string keyword)
    {
        var parts = new List<Expr> { _pool.Type(JsonTypes.Array), _pool.Length(value.GetArrayLength()), _pool.Not(_pool.Length(value.GetArrayLength() + 1)) };
        int i = 0;
        foreach (JsonElement item in value.EnumerateArray())
            parts.Add(_pool.Items(i, ++i, Constants([item], place, keyword)));
        return _pool.All(parts);
    }

    private Expr ConstantObject(JsonElement value, SchemaPlace place, string keyword)
    {
        var parts = new List<Expr> { _pool.Type(JsonTypes.Object) };
        var names = new HashSet<string>();
        foreach (JsonProperty property in value.EnumerateObject())
        {
            names.Add(property.Name);
            parts.Add(_pool.Required(property.Name));
            parts.Add(_pool.Keys(new KeyClass.Name(property.Name), Constants([property.Value], place, keyword)));
        }
        parts.Add(_pool.Keys(new KeyClass.Rest(names, []), ExprPool.False));
        return _pool.All(parts);
    }

    private Expr? Schema(SchemaPlace place, string keyword) =>
        place.Element.TryGetProperty(keyword, out JsonElement schema) ? Read(place.Child(keyword, schema)) : null;

    private List<Expr>? Schemas(SchemaPlace place, string keyword)
    {
        if (!place.Element.TryGetProperty(keyword, out JsonElement list))
            return null;
        if (list.ValueKind != JsonValueKind.Array)
            throw new GrammarException($"{keyword} must be an array of schemas", place.Pointer, keyword);
        var schemas = new List<Expr>();
        foreach (JsonElement schema in list.EnumerateArray())
            schemas.Add(Read(place.Child(keyword, schemas.Count, schema)));
        return schemas;
    }

    private static bool TryString(SchemaPlace place, string keyword, out string value)
    {
        value = "";
        if (!place.Element.TryGetProperty(keyword, out JsonElement element))
            return false;
        if (element.ValueKind != JsonValueKind.String)
            throw new GrammarException($"{keyword} must be a string", place.Pointer, keyword);
        value = StringOf(element, place, keyword);
        return true;
    }

    private static int? Count(SchemaPlace place, string keyword)
    {
        if (!place.Element.TryGetProperty(keyword, out JsonElement element))
            return null;
        if (element.ValueKind != JsonValueKind.Number || Decimal(element, place, keyword) is not { IsInteger: true, Negative: false } value)
            throw new GrammarException($"{keyword} must be a non-negative integer", place.Pointer, keyword);
        return value.Exponent > 9 ? 1_000_000_000 : int.Parse("0" + value.Whole, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string StringOf(JsonElement element, SchemaPlace place, string keyword)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new GrammarException("a string with half of a surrogate pair", place.Pointer, keyword, e);
        }
    }

    private static ExactDecimal Decimal(JsonElement element, SchemaPlace place, string keyword)
    {
        try
        {
            return ExactDecimal.Parse(element.GetRawText());
        }
        catch (FormatException e)
        {
            throw new GrammarException($"cannot enforce {e.Message}", place.Pointer, keyword, e);
        }
    }
}
