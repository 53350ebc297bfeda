namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>Two sides that are measured one right after the other, in turns first and second; the value is their ratio.</summary>
internal abstract class Pair : IMeasurement
{
    /// <inheritdoc/>
    public virtual double Round(int round)
    {
        if (round % 2 == 0)
        {
            double above = Numerator();
            return above / Denominator();
        }
        double below = Denominator();
        return Numerator() / below;
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>What is divided.</summary>
    protected abstract double Numerator();

    /// <summary>What it is divided by.</summary>
    protected abstract double Denominator();
}
