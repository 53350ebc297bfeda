using System.Text.Json;

namespace LlamaSpan;

/// <content>Strings that must come from given texts.</content>
internal sealed partial class SchemaReader
{
    private void ReadGrounding(SchemaPlace place, List<Expr> parts)
    {
        if (!place.Element.TryGetProperty(GroundedKeyword, out JsonElement grounded))
            return;
        if (grounded.ValueKind != JsonValueKind.Object || grounded.EnumerateObject().Count() != 1
            || !grounded.TryGetProperty("in", out JsonElement source) || source.ValueKind != JsonValueKind.String)
            throw new GrammarException($"{GroundedKeyword} must be of the form {{\"in\": name}}", place.Pointer, GroundedKeyword);
        foreach (string other in (ReadOnlySpan<string>)["pattern", "format", "enum", "const"])
            if (place.Element.TryGetProperty(other, out _))
                throw new GrammarException($"cannot enforce {GroundedKeyword} beside {other}", place.Pointer, GroundedKeyword);
        string name = StringOf(source, place, GroundedKeyword);
        _pool.GroundedSources.Add((name, Count(place, "minLength") ?? 0));
        parts.Add(_pool.Grounded(name));
    }

    /// <summary>Which texts there are is not known when a schema is compiled, so what must not hold cannot be told either.</summary>
    private static void CheckGrounding(ExprPool pool)
    {
        if (pool.GroundedSources.Count == 0)
            return;
        foreach (Expr expr in pool.Made.ToArray())
            if (expr is Expr.Not or Expr.ExactlyOne && HoldsGrounded(expr, []))
                throw new GrammarException($"cannot enforce {GroundedKeyword} below not, oneOf, if or a maximum of contains", "", GroundedKeyword);
    }

    private static bool HoldsGrounded(Expr expr, HashSet<Expr> seen) => seen.Add(expr) && expr switch
    {
        Expr.Grounded => true,
        Expr.All a => a.Parts.Any(p => HoldsGrounded(p, seen)),
        Expr.Any a => a.Parts.Any(p => HoldsGrounded(p, seen)),
        Expr.ExactlyOne o => o.Parts.Any(p => HoldsGrounded(p, seen)),
        Expr.Not n => HoldsGrounded(n.Inner, seen),
        Expr.Reference r => r.Slot.Target is { } target && HoldsGrounded(target, seen),
        Expr.Keys k => HoldsGrounded(k.Schema, seen),
        Expr.Items i => HoldsGrounded(i.Schema, seen),
        Expr.Contains c => HoldsGrounded(c.Schema, seen),
        _ => false,
    };
}
