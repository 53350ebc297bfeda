namespace LlamaSpan;

/// <summary>Folds what an expression asks of strings or of numbers into one language.</summary>
internal static class Languages
{
    /// <exception cref="FormatException">Its automaton would be too large.</exception>
    public static StringLanguage TextOf(ExprPool pool, Expr expr) => Text(pool.Project(expr, JsonTypes.String));

    /// <exception cref="FormatException">Its automaton would be too large.</exception>
    public static NumberLanguage NumberOf(ExprPool pool, Expr expr) => Number(pool.Project(expr, JsonTypes.Number));

    /// <summary>Whether an alternative asks for strings from given texts.</summary>
    public static bool IsGrounded(Expr expr) => expr switch
    {
        Expr.Grounded => true,
        Expr.All a => a.Parts.Any(IsGrounded),
        Expr.Any a => a.Parts.Any(IsGrounded),
        _ => false,
    };

    /// <summary>The name of the texts that an alternative's strings must come from, and their lengths; false if it asks for more than that.</summary>
    public static bool TryGrounded(ExprPool pool, Expr branch, out string source, out StringLanguage lengths)
    {
        (source, lengths) = ("", StringLanguage.None);
        Expr[] parts = branch is Expr.All all ? all.Parts : [branch];
        if (parts.OfType<Expr.Grounded>().ToArray() is not [var grounded])
            return false;
        Expr rest = pool.All(parts.Where(part => part != grounded));
        if (IsGrounded(rest))
            return false;
        (source, lengths) = (grounded.Source, Text(rest));
        return lengths is { Words: null, Dfa.IsAny: true } && (lengths.IsAll || !source.StartsWith('/'));
    }

    private static StringLanguage Text(Expr expr)
    {
        switch (expr)
        {
            case Expr.Constant c: return c.Value ? StringLanguage.All : StringLanguage.None;
            case Expr.Text t: return t.Language;
            case Expr.Not n: return Text(n.Inner).Not();
            case Expr.All a: return All(a.Parts);
            case Expr.Any a: return a.Parts.Select(Text).Aggregate((x, y) => x.Or(y));
            case Expr.ExactlyOne o:
                (StringLanguage none, StringLanguage one) = (StringLanguage.All, StringLanguage.None);
                foreach (StringLanguage part in o.Parts.Select(Text))
                    (none, one) = (none.And(part.Not()), one.And(part.Not()).Or(none.And(part)));
                return one;
            default: throw new InvalidOperationException($"{expr.GetType().Name} is not about strings");
        }
    }

    /// <summary>The texts in all of some languages; lists of texts that are denied are left out at the end, all at once.</summary>
    private static StringLanguage All(Expr[] parts)
    {
        string[] denied = [.. parts.SelectMany(part => part is Expr.Not { Inner: Expr.Text { Language.Words: { } words } } ? words : [])];
        StringLanguage language = parts.Where(part => part is not Expr.Not { Inner: Expr.Text { Language.Words: not null } })
            .Select(Text).OrderBy(l => l.Words is null).Aggregate(StringLanguage.All, (x, y) => x.And(y));
        return language.Without(denied);
    }

    private static NumberLanguage Number(Expr expr)
    {
        switch (expr)
        {
            case Expr.Constant c: return c.Value ? NumberLanguage.All : NumberLanguage.None;
            case Expr.Number n: return n.Language;
            case Expr.Not n: return Number(n.Inner).Not();
            case Expr.All a: return a.Parts.Select(Number).OrderBy(l => l.Values is null).Aggregate((x, y) => x.And(y));
            case Expr.Any a: return a.Parts.Select(Number).Aggregate((x, y) => x.Or(y));
            case Expr.ExactlyOne o:
                (NumberLanguage none, NumberLanguage one) = (NumberLanguage.All, NumberLanguage.None);
                foreach (NumberLanguage part in o.Parts.Select(Number))
                    (none, one) = (none.And(part.Not()), one.And(part.Not()).Or(none.And(part)));
                return one;
            default: throw new InvalidOperationException($"{expr.GetType().Name} is not about numbers");
        }
    }
}
