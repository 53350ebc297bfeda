namespace LlamaSpan;

/// <summary>
/// Looks for what completes an object or array: a search through an open formula's alternatives. Each comes down to atoms that must hold or fail,
/// which the container takes note of, and is then settled by it.
/// </summary>
internal abstract class FormulaSearch
{
    private const int MaxSteps = 20_000;

    private int _steps;

    /// <summary>Whether a formula holds where the container ends.</summary>
    /// <param name="formula">The formula.</param>
    /// <param name="count">How many properties or items there are.</param>
    /// <param name="atom">Whether an atom does.</param>
    protected static bool Holds(Expr formula, int count, Func<Expr, int, bool> atom) => formula switch
    {
        Expr.Constant c => c.Value,
        Expr.All a => a.Parts.All(p => Holds(p, count, atom)),
        Expr.Any a => a.Parts.Any(p => Holds(p, count, atom)),
        Expr.ExactlyOne o => o.Parts.Count(p => Holds(p, count, atom)) == 1,
        Expr.Not n => !Holds(n.Inner, count, atom),
        _ => atom(formula, count),
    };

    /// <summary>How deep the shallowest way to meet all goals nests, of those looked at; <see cref="ValueNode.Unsatisfiable"/> if none was found.</summary>
    protected int Search(Goal? goals)
    {
        if (++_steps > MaxSteps || !Work.Spend(20))
            return ValueNode.Unsatisfiable;
        if (goals is null)
            return Settle();
        (Expr expr, bool wanted, Goal? rest) = goals;
        switch (expr)
        {
            case Expr.Constant c:
                return c.Value == wanted ? Search(rest) : ValueNode.Unsatisfiable;
            case Expr.Not n:
                return Search(new Goal(n.Inner, !wanted, rest));
            case Expr.All a:
                return wanted ? Search(Every(a.Parts, true, rest)) : One(a.Parts, false, rest);
            case Expr.Any a:
                return wanted ? One(a.Parts, true, rest) : Search(Every(a.Parts, false, rest));
            case Expr.ExactlyOne o:
                return wanted ? Exactly(o.Parts, rest) : NotExactly(o.Parts, rest);
            default:
                return Assume(expr, wanted, rest);
        }
    }

    /// <summary>Goes on with an atom that holds or fails, and forgets it again.</summary>
    protected abstract int Assume(Expr atom, bool wanted, Goal? rest);

    /// <summary>Whether all that was assumed can come about: how deep that nests.</summary>
    protected abstract int Settle();

    /// <summary>Ends the search after so many more steps.</summary>
    protected void EndWithin(int steps) => _steps = Math.Max(_steps, MaxSteps - steps);

    private static Goal? Every(Expr[] parts, bool wanted, Goal? rest)
    {
        foreach (Expr part in parts)
            rest = new Goal(part, wanted, rest);
        return rest;
    }

    private int One(Expr[] parts, bool wanted, Goal? rest)
    {
        int best = ValueNode.Unsatisfiable;
        foreach (Expr part in parts)
            if ((best = Math.Min(best, Search(new Goal(part, wanted, rest)))) <= 1)
                break;
        return best;
    }

    private int Exactly(Expr[] parts, Goal? rest)
    {
        int best = ValueNode.Unsatisfiable;
        for (int i = 0; i < parts.Length && best > 1; i++)
            best = Math.Min(best, Search(new Goal(parts[i], true, Every([.. parts.Where((_, j) => j != i)], false, rest))));
        return best;
    }

    private int NotExactly(Expr[] parts, Goal? rest)
    {
        int best = Search(Every(parts, false, rest));
        for (int i = 0; i < parts.Length; i++)
            for (int j = i + 1; j < parts.Length && best > 1; j++)
                best = Math.Min(best, Search(new Goal(parts[i], true, new Goal(parts[j], true, rest))));
        return best;
    }

    protected sealed record Goal(Expr Expr, bool Wanted, Goal? Rest);
}
