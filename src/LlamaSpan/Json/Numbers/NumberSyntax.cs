namespace LlamaSpan;

/// <summary>
/// JSON's number syntax as a state machine. Exponents stay within a double's range. Where a condition compares with a bound, only exponents
/// that decide the comparison by themselves may stand: with one digit other than zero before the point, e-05 and below ("tiny", under 10^-4) and
/// e+16 and above ("huge", from 10^16).
/// </summary>
internal static class NumberSyntax
{
    [Flags]
    public enum Exponents
    {
        None = 0,
        Tiny = 1,
        Huge = 2,
        Free = 4,
    }

    public enum Phase
    {
        Dead, Start, Minus, Zero, Digit, Digits, Point, PointAfterDigit, Fraction, FractionAfterDigit,
        E, EMinus, EPlus, Short1, Last, Long1, Long2, TinyZero, TinyLow1, TinyLong1, HugeOne, HugeTwo, HugeHigh1,
    }

    public static Alphabet Alphabet { get; } = Alphabet.Of([.. "0123456789-+.".Select(c => CharSet.Single(c)), CharSet.Of(('e', 'e'), ('E', 'E'))]);

    public static bool IsComplete(Phase phase) =>
        phase is Phase.Zero or Phase.Digit or Phase.Digits or Phase.Fraction or Phase.FractionAfterDigit or Phase.Short1 or Phase.Last
            or Phase.Long1 or Phase.Long2;

    public static Phase Next(Phase phase, char c, Exponents exponents)
    {
        bool digit = char.IsAsciiDigit(c);
        switch (phase)
        {
            case Phase.Start when c == '-':
                return Phase.Minus;
            case Phase.Start or Phase.Minus:
                return c == '0' ? Phase.Zero : digit ? Phase.Digit : Phase.Dead;
            case Phase.Zero or Phase.Digit or Phase.Digits:
                if (digit)
                    return phase == Phase.Zero ? Phase.Dead : Phase.Digits;
                return c == '.' ? (phase == Phase.Digit ? Phase.PointAfterDigit : Phase.Point) : AtE(c, exponents, phase == Phase.Digit);
            case Phase.Point or Phase.PointAfterDigit:
                return !digit ? Phase.Dead : phase == Phase.Point ? Phase.Fraction : Phase.FractionAfterDigit;
            case Phase.Fraction or Phase.FractionAfterDigit:
                return digit ? phase : AtE(c, exponents, phase == Phase.FractionAfterDigit);
            case Phase.E when c == '-':
                return (exponents & (Exponents.Tiny | Exponents.Free)) != 0 ? Phase.EMinus : Phase.Dead;
            case Phase.E when c == '+':
                return (exponents & (Exponents.Huge | Exponents.Free)) != 0 ? Phase.EPlus : Phase.Dead;
        }
        return digit ? Exponent(phase, c - '0', exponents) : Phase.Dead;
    }

    private static Phase AtE(char c, Exponents exponents, bool normal) =>
        c is 'e' or 'E' && ((exponents & Exponents.Free) != 0 || (exponents != 0 && normal)) ? Phase.E : Phase.Dead;

    private static Phase Exponent(Phase phase, int digit, Exponents exponents)
    {
        switch (phase)
        {
            case Phase.Short1 or Phase.Long2:
                return Phase.Last;
            case Phase.Long1:
                return Phase.Long2;
            case Phase.TinyZero:
                return digit >= 5 ? Phase.Last : Phase.Dead;
            case Phase.TinyLow1 or Phase.HugeHigh1:
                return Phase.Last;
            case Phase.TinyLong1 or Phase.HugeTwo:
                return Phase.Long2;
            case Phase.HugeOne:
                return digit >= 6 ? Phase.Long2 : Phase.Dead;
            case Phase.E or Phase.EMinus or Phase.EPlus:
                break;
            default:
                return Phase.Dead;
        }
        if ((exponents & Exponents.Free) != 0)
            return digit is 1 or 2 ? Phase.Long1 : Phase.Short1;
        if (phase == Phase.EMinus)
            return digit == 0 ? Phase.TinyZero : digit <= 2 ? Phase.TinyLong1 : Phase.TinyLow1;
        return (exponents & Exponents.Huge) == 0 || digit == 0 ? Phase.Dead
            : digit == 1 ? Phase.HugeOne : digit == 2 ? Phase.HugeTwo : Phase.HugeHigh1;
    }
}
