namespace LlamaSpan;

/// <summary>The assertions in a formula.</summary>
internal static class Atoms
{
    public static void Collect(Expr formula, List<Expr> into)
    {
        switch (formula)
        {
            case Expr.Constant: break;
            case Expr.All a: Each(a.Parts, into); break;
            case Expr.Any a: Each(a.Parts, into); break;
            case Expr.ExactlyOne o: Each(o.Parts, into); break;
            case Expr.Not n: Collect(n.Inner, into); break;
            default:
                if (!into.Contains(formula))
                    into.Add(formula);
                break;
        }
    }

    /// <summary>Whether an assertion occurs plainly (bit 1), negated (bit 2) or both.</summary>
    public static int Polarity(Expr formula, Expr atom, int sign = 1) => formula == atom ? sign : formula switch
    {
        Expr.All a => Union(a.Parts, atom, sign),
        Expr.Any a => Union(a.Parts, atom, sign),
        Expr.ExactlyOne o => Union(o.Parts, atom, sign) != 0 ? 3 : 0,
        Expr.Not n => Polarity(n.Inner, atom, 3 - sign),
        _ => 0,
    };

    private static int Union(Expr[] parts, Expr atom, int sign)
    {
        int found = 0;
        foreach (Expr part in parts)
            found |= Polarity(part, atom, sign);
        return found;
    }

    private static void Each(Expr[] parts, List<Expr> into)
    {
        foreach (Expr part in parts)
            Collect(part, into);
    }
}
