using System.Runtime.CompilerServices;
using System.Text.Json;

namespace LlamaSpan;

/// <content>
/// unevaluatedProperties and unevaluatedItems: which schemas beside them evaluate what depends on which alternatives an instance satisfies, so
/// they become one assertion for each outcome. To evaluate more only weakens the assertion: an outcome need not say which alternatives fail.
/// </content>
internal sealed partial class SchemaReader
{
    private const int MaxOutcomes = 64;

    private readonly Dictionary<(string, string), Expr> _readBefore = [];
    private readonly Dictionary<(string, string, string), List<Outcome>?> _outcomes = []; // null while they are sought

    /// <summary>If <see cref="Condition"/> holds, at least this is evaluated.</summary>
    private readonly record struct Outcome(Expr Condition, Evaluated Evaluated);

    private void ReadUnevaluated(SchemaPlace place, List<Expr> parts)
    {
        if (!_hasUnevaluated)
            return;
        foreach (string keyword in (ReadOnlySpan<string>)["unevaluatedProperties", "unevaluatedItems"])
        {
            if (Schema(place, keyword) is not { } schema || schema == ExprPool.True)
                continue;
            List<Outcome> outcomes = OutcomesOf(place, keyword);
            parts.Add(_pool.Any([.. outcomes.Select(o => _pool.All(o.Condition, keyword == "unevaluatedItems" ? Items(o.Evaluated, schema) : Properties(o.Evaluated, schema)))]));
        }
    }

    private Expr Properties(Evaluated evaluated, Expr schema) => evaluated.AllProperties ? ExprPool.True
        : _pool.Keys(new KeyClass.Rest(evaluated.Names.ToHashSet(), evaluated.Patterns), schema);

    private Expr Items(Evaluated evaluated, Expr schema) => evaluated.AllItems ? ExprPool.True
        : _pool.Items(evaluated.Prefix, -1, _pool.Any([schema, .. evaluated.Contained]));

    /// <summary>What a schema and those it applies in place evaluate, without its own unevaluated keywords.</summary>
    private List<Outcome> OutcomesOf(SchemaPlace place, string keyword)
    {
        if (_outcomes.TryGetValue((place.Pointer, place.BaseUri, keyword), out List<Outcome>? known))
            return known ?? throw new GrammarException($"cannot enforce {keyword} beside a reference that leads back to itself", place.Pointer, keyword);
        _outcomes.Add((place.Pointer, place.BaseUri, keyword), null);
        List<Outcome> outcomes = NewOutcomesOf(place, keyword);
        _outcomes[(place.Pointer, place.BaseUri, keyword)] = outcomes;
        return outcomes;
    }

    private List<Outcome> NewOutcomesOf(SchemaPlace place, string keyword)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (place.Element.ValueKind != JsonValueKind.Object)
            return [new Outcome(ExprPool.True, Evaluated.Nothing)];
        place = _document.Enter(place);
        List<Outcome> outcomes = [new Outcome(ExprPool.True, OwnOf(place))];
        foreach (string reference in (ReadOnlySpan<string>)["$ref", "$dynamicRef", "$recursiveRef"])
            if (TryString(place, reference, out string target))
                outcomes = Both(outcomes, Within(reference == "$dynamicRef" ? _document.FindDynamic(place, target) : _document.Find(place, target, reference), keyword));
        foreach (SchemaPlace child in Children(place, "allOf"))
            outcomes = Both(outcomes, Within(child, keyword));
        foreach (SchemaPlace child in Children(place, "anyOf"))
            outcomes = Both(outcomes, Perhaps(Read(child), Within(child, keyword)));
        List<Outcome> one = [.. Children(place, "oneOf").SelectMany(child => When(Read(child), Within(child, keyword)))];
        if (one.Count > 0)
            outcomes = Both(outcomes, one);
        outcomes = Both(outcomes, OfCondition(place, keyword));
        if (place.Element.TryGetProperty("dependentSchemas", out JsonElement dependent) && dependent.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty property in dependent.EnumerateObject())
            {
                SchemaPlace child = place.Child("dependentSchemas", dependent).Child(property.Name, property.Value);
                outcomes = Both(outcomes, Perhaps(_pool.All(_pool.Type(JsonTypes.Object), _pool.Required(property.Name)), Within(child, keyword)));
            }
        return outcomes.Count <= MaxOutcomes ? outcomes
            : throw new GrammarException($"cannot enforce {keyword} beside so many alternatives", place.Pointer, keyword);
    }

    /// <summary>What a schema evaluates, its own unevaluated keywords counted: they evaluate all.</summary>
    private List<Outcome> Within(SchemaPlace place, string keyword)
    {
        bool all = place.Element.ValueKind == JsonValueKind.Object && place.Element.TryGetProperty(keyword, out _);
        return !all ? OutcomesOf(place, keyword)
            : [new Outcome(ExprPool.True, Evaluated.Nothing with { AllProperties = keyword == "unevaluatedProperties", AllItems = keyword == "unevaluatedItems" })];
    }

    private List<Outcome> OfCondition(SchemaPlace place, string keyword)
    {
        List<Outcome> nothing = [new Outcome(ExprPool.True, Evaluated.Nothing)];
        if (!place.Element.TryGetProperty("if", out JsonElement condition))
            return nothing;
        SchemaPlace at = place.Child("if", condition);
        Expr holds = Read(at);
        List<Outcome> then = Within(at, keyword), otherwise = nothing;
        if (place.Element.TryGetProperty("then", out JsonElement element))
            then = Both(then, Within(place.Child("then", element), keyword));
        if (place.Element.TryGetProperty("else", out element))
            otherwise = Within(place.Child("else", element), keyword);
        return Fewest([.. When(holds, then), .. When(_pool.Not(holds), otherwise)]);
    }

    private Evaluated OwnOf(SchemaPlace place)
    {
        JsonElement schema = place.Element;
        bool Has(string keyword) => schema.TryGetProperty(keyword, out _);
        bool tuple = schema.TryGetProperty("items", out JsonElement items) && items.ValueKind == JsonValueKind.Array;
        int prefix = tuple ? items.GetArrayLength()
            : _dialect.HasPrefixItems() && schema.TryGetProperty("prefixItems", out JsonElement first) && first.ValueKind == JsonValueKind.Array ? first.GetArrayLength() : 0;
        return new Evaluated
        {
            Names = [.. (Members(place, "properties") ?? []).Select(p => p.Name)],
            Patterns = [.. (Members(place, "patternProperties") ?? []).Select(p => Pattern(p.Name, place, "patternProperties"))],
            AllProperties = Has("additionalProperties"),
            Prefix = prefix,
            AllItems = (Has("items") && !tuple) || (tuple && Has("additionalItems")),
            Contained = _dialect.HasPrefixItems() && schema.TryGetProperty("contains", out JsonElement contained) ? [Read(place.Child("contains", contained))] : [],
        };
    }

    private static IEnumerable<SchemaPlace> Children(SchemaPlace place, string keyword)
    {
        if (!place.Element.TryGetProperty(keyword, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            yield break;
        int i = 0;
        foreach (JsonElement child in list.EnumerateArray())
            yield return place.Child(keyword, i++, child);
    }

    private List<Outcome> When(Expr condition, List<Outcome> outcomes) =>
        [.. outcomes.Select(o => o with { Condition = _pool.All(condition, o.Condition) })];

    private List<Outcome> Perhaps(Expr condition, List<Outcome> outcomes) =>
        Fewest([new Outcome(ExprPool.True, Evaluated.Nothing), .. When(condition, outcomes)]);

    private List<Outcome> Both(List<Outcome> a, List<Outcome> b) =>
        a.Count * b.Count > MaxOutcomes * 4 ? [.. Enumerable.Repeat(a[0], MaxOutcomes + 1)]
        : Fewest([.. a.SelectMany(x => b.Select(y => new Outcome(_pool.All(x.Condition, y.Condition), x.Evaluated.And(y.Evaluated))))]);

    /// <summary>Drops outcomes that say nothing beyond one that always holds.</summary>
    private static List<Outcome> Fewest(List<Outcome> outcomes)
    {
        var kept = new List<Outcome>();
        foreach (Outcome outcome in outcomes)
            if (outcome.Condition != ExprPool.False && !outcomes.Exists(o => o.Condition == ExprPool.True && !ReferenceEquals(o.Evaluated, outcome.Evaluated)
                && outcome.Evaluated.IsWithin(o.Evaluated) && (outcome.Condition != ExprPool.True || !o.Evaluated.IsWithin(outcome.Evaluated))))
                kept.Add(outcome);
        return kept;
    }
}
