using System.Collections.Concurrent;
using System.Text.Json;

namespace LlamaSpan;

/// <content>Keywords about strings and numbers.</content>
internal sealed partial class SchemaReader
{
    private const int MaxCachedPatterns = 4096;

    private static readonly ConcurrentDictionary<string, StringLanguage> Patterns = new();
    private static readonly ConcurrentDictionary<(string Pattern, int Min, int Max), StringLanguage> Limited = new();

    /// <summary>Forgets the patterns known to the process.</summary>
    public static void ClearCaches()
    {
        Patterns.Clear();
        Limited.Clear();
    }

    private void ReadStrings(SchemaPlace place, List<Expr> parts)
    {
        int min = Count(place, "minLength") ?? 0, max = Count(place, "maxLength") ?? -1;
        bool hasPattern = TryString(place, "pattern", out string pattern);
        StringLanguage language = hasPattern || min > 0 || max >= 0 ? Bounded(pattern, min, max, place) : StringLanguage.All;
        if (place.Element.TryGetProperty("format", out JsonElement format))
        {
            string name = format.ValueKind == JsonValueKind.String ? format.GetString()! : "";
            if (Formats.Find(name) is { } known)
                language = Refusing(place, "format", () => language.And(known));
            else if (_options.UnknownFormats == UnknownFormats.Refuse)
                throw new GrammarException($"the format {format.GetRawText()} is not known", place.Pointer, "format");
            else
                _warnings.Add($"#{place.Pointer}: the format {format.GetRawText()} is not known and is taken as an annotation");
        }
        parts.Add(_pool.Text(language));
    }

    private static StringLanguage Bounded(string pattern, int min, int max, SchemaPlace place)
    {
        if (min == 0 && max < 0)
            return Pattern(pattern, place, "pattern");
        if (Limited.Count > MaxCachedPatterns)
            Limited.Clear();
        StringLanguage language = Pattern(pattern, place, "pattern");
        return Limited.GetOrAdd((pattern, min, max), _ => Refusing(place, "pattern", () => language.And(StringLanguage.Of(CharDfa.Any, min, max))));
    }

    /// <summary>The texts a pattern is found in.</summary>
    private static StringLanguage Pattern(string pattern, SchemaPlace place, string keyword)
    {
        if (Patterns.Count > MaxCachedPatterns)
            Patterns.Clear();
        return Patterns.GetOrAdd(pattern, p => Refusing(place, keyword, () => StringLanguage.OfPattern(p)));
    }

    private static T Refusing<T>(SchemaPlace place, string keyword, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (FormatException e)
        {
            throw new GrammarException($"cannot enforce {keyword}: {e.Message}", place.Pointer, keyword, e);
        }
    }

    private Expr Integer() => _pool.Number(NumberLanguage.Of(new NumberCondition.Multiple(ExactDecimal.Parse("1"))));

    private void ReadNumbers(SchemaPlace place, List<Expr> parts)
    {
        Bound("minimum", "exclusiveMinimum", below: false);
        Bound("maximum", "exclusiveMaximum", below: true);
        if (place.Element.TryGetProperty("multipleOf", out JsonElement multiple))
        {
            ExactDecimal unit = NumberOf(multiple, "multipleOf");
            if (unit.IsZero || unit.Negative)
                throw new GrammarException("multipleOf must be above 0", place.Pointer, "multipleOf");
            parts.Add(Refusing(place, "multipleOf", () => _pool.Number(NumberLanguage.Of(new NumberCondition.Multiple(unit)))));
        }
        if (place.Element.TryGetProperty(PlainIntegerKeyword, out JsonElement plain) && plain.ValueKind == JsonValueKind.True)
            parts.Add(_pool.Number(NumberLanguage.Of(new NumberCondition.Plain())));
        if (place.Element.TryGetProperty(FiniteKeyword, out JsonElement finite) && finite.ValueKind == JsonValueKind.True)
            parts.Add(_pool.Number(NumberLanguage.Of(new NumberCondition.Finite())));

        void Bound(string inclusive, string exclusive, bool below)
        {
            bool strict = false;
            if (place.Element.TryGetProperty(exclusive, out JsonElement limit))
            {
                if (limit.ValueKind is JsonValueKind.True or JsonValueKind.False)
                    strict = limit.ValueKind == JsonValueKind.True; // draft 4: a flag on the other keyword
                else
                    Add(NumberOf(limit, exclusive), orAt: false, exclusive);
            }
            if (place.Element.TryGetProperty(inclusive, out limit))
                Add(NumberOf(limit, inclusive), orAt: !strict, inclusive);

            void Add(ExactDecimal bound, bool orAt, string keyword) => parts.Add(Refusing(
                place, keyword, () => _pool.Number(below ? Below(bound, orAt) : Below(bound, !orAt).Not())));
        }

        ExactDecimal NumberOf(JsonElement element, string keyword) => element.ValueKind == JsonValueKind.Number ? Decimal(element, place, keyword)
            : throw new GrammarException($"{keyword} must be a number", place.Pointer, keyword);
    }

    private static NumberLanguage Below(ExactDecimal bound, bool orAt) => NumberLanguage.Of(new NumberCondition.Below(bound, orAt));
}
