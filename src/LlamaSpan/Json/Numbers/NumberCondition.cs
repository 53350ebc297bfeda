namespace LlamaSpan;

/// <summary>A condition on a number's value or spelling.</summary>
internal abstract record NumberCondition
{
    /// <summary>Whether a listed value meets it.</summary>
    public abstract bool Holds(ExactDecimal value);

    /// <summary>Below the bound, or also at it.</summary>
    public sealed record Below(ExactDecimal Bound, bool OrAt) : NumberCondition
    {
        public override bool Holds(ExactDecimal value) => value.CompareTo(Bound) is int order && (order < 0 || (OrAt && order == 0));
    }

    /// <summary>An integer times the unit.</summary>
    public sealed record Multiple(ExactDecimal Unit) : NumberCondition
    {
        public override bool Holds(ExactDecimal value) => value.IsMultipleOf(Unit);
    }

    /// <summary>Spelled with digits alone: no fraction, no exponent, no minus before zero.</summary>
    public sealed record Plain : NumberCondition
    {
        public override bool Holds(ExactDecimal value) => value.IsInteger;
    }

    /// <summary>Spelled in the one way that has no exponent, no zero at a fraction's end and no minus before zero.</summary>
    public sealed record Canonical : NumberCondition
    {
        public override bool Holds(ExactDecimal value) => true;
    }

    /// <summary>Spelled so that a double holds it: few digits before the point, still fewer beside an exponent.</summary>
    public sealed record Finite : NumberCondition
    {
        public override bool Holds(ExactDecimal value) => value.Exponent <= 308;
    }
}
