namespace LlamaSpan;

/// <summary>
/// A finite-state observer of a number's spelling, fed one character after another, that can tell at the end whether a condition holds.
/// States are small tuples packed into a long.
/// </summary>
internal abstract class NumberScanner
{
    public static NumberScanner For(NumberCondition condition) => condition switch
    {
        NumberCondition.Below b => new BoundScanner(b),
        NumberCondition.Multiple m => new MultipleScanner(m.Unit),
        NumberCondition.Finite => new FiniteScanner(),
        NumberCondition.Canonical => new CanonicalScanner(),
        _ => new PlainScanner(),
    };

    /// <summary>The state before the first character.</summary>
    public virtual long Start => 0;

    public abstract long Step(long state, char c);

    public abstract bool Holds(long state);

    private sealed class PlainScanner : NumberScanner
    {
        private const long Plain = 0, Other = 1, Minus = 2, MinusZero = 3;

        public override long Step(long state, char c) =>
            c is '.' or 'e' ? Other : c == '-' ? Minus : state == Minus ? (c == '0' ? MinusZero : Plain) : state;

        public override bool Holds(long state) => state == Plain;
    }

    /// <summary>Counts the digits before the point, up to one too many: exponents go up to 299, a double's range to 10^308.</summary>
    private sealed class FiniteScanner : NumberScanner
    {
        private const long Few = 9, Most = 40, TooMany = 41, FewAndFraction = 50, ManyAndFraction = 51;

        public override long Step(long state, char c) => c switch
        {
            '-' or 't' or 'h' => state,
            '.' => state <= Few ? FewAndFraction : state <= Most ? ManyAndFraction : TooMany,
            'e' => state is <= Few or FewAndFraction ? FewAndFraction : TooMany,
            _ => state < TooMany ? state + 1 : state,
        };

        public override bool Holds(long state) => state != TooMany;
    }

    /// <summary>Where the digits stand: a minus and zeros alone need more, as does a fraction that ends with a zero.</summary>
    private sealed class CanonicalScanner : NumberScanner
    {
        private const long Whole = 0, Minus = 1, MinusZero = 2, Point = 3, Zero = 4, Digit = 5, Never = 6;

        public override long Step(long state, char c) => (state, c) switch
        {
            (Never, _) or (_, 'e' or 't' or 'h') => Never,
            (_, '-') => Minus,
            (_, '.') => Point,
            (Point or Zero or Digit, _) => c == '0' ? Zero : Digit,
            (Minus, '0') => MinusZero,
            _ => Whole,
        };

        public override bool Holds(long state) => state is Whole or Digit;
    }

    /// <summary>The remainder of the digits so far; zeros alone may follow the unit's last place.</summary>
    private sealed class MultipleScanner : NumberScanner
    {
        private const long Never = -1;
        private readonly long _unit;
        private readonly int _places;

        public MultipleScanner(ExactDecimal unit)
        {
            _places = unit.Fraction.Length;
            _unit = (long)unit.Scaled(-_places);
        }

        // remainder * 1000 + (0: before the point, 1 + j: j places after it)
        public override long Step(long state, char c)
        {
            if (state == Never || c == '-')
                return state;
            long remainder = state / 1000, place = state % 1000;
            if (c == '.')
                return (remainder * 1000) + 1;
            if (!char.IsAsciiDigit(c))
                return Never;
            if (place > _places)
                return c == '0' ? state : Never;
            remainder = ((remainder * 10) + (c - '0')) % _unit;
            return (remainder * 1000) + (place == 0 ? 0 : place + 1);
        }

        public override bool Holds(long state)
        {
            if (state == Never)
                return false;
            long remainder = state / 1000;
            for (long place = Math.Max(1, state % 1000); place <= _places; place++)
                remainder = remainder * 10 % _unit;
            return remainder == 0;
        }
    }

    /// <summary>Compares the digits with the bound's, left to right; how many digits stand before the point decides first.</summary>
    private sealed class BoundScanner(NumberCondition.Below condition) : NumberScanner
    {
        private const int Equal = 0, Less = 1, Greater = 2;
        private readonly string _whole = condition.Bound.Whole;
        private readonly string _fraction = condition.Bound.Fraction;

        private readonly record struct State(bool Negative, bool NonZero, bool Fraction, int Index, int Order, int Size)
        {
            public long Pack() =>
                (Negative ? 1L : 0) + (NonZero ? 2 : 0) + (Fraction ? 4 : 0) + (Order * 8L) + (Size * 32L) + (Index * 256L);

            public static State Unpack(long s) => new((s & 1) != 0, (s & 2) != 0, (s & 4) != 0, (int)(s >> 8), (int)(s >> 3) & 3, (int)(s >> 5) & 3);
        }

        // Size: 0 in the mantissa; 1 after a negative exponent (tiny), 2 after a positive one (huge); see NumberLanguage for when those may stand
        public override long Step(long state, char c)
        {
            State s = State.Unpack(state);
            if (s.Size != 0)
                return state;
            switch (c)
            {
                case 'e': return state;
                case '-': return (s with { Negative = true }).Pack();
                case 't': return (s with { Size = 1, Index = 0 }).Pack();
                case 'h': return (s with { Size = 2, Index = 0 }).Pack();
                case '.': return (EndWhole(s) with { Fraction = true, Index = 0 }).Pack();
            }
            s = s with { NonZero = s.NonZero || c != '0' };
            if (condition.Bound.IsZero)
                return s.Pack();
            string digits = s.Fraction ? _fraction : _whole;
            if (!s.Fraction && c == '0' && s.Index == 0)
                return s.Pack(); // the lone zero counts as no digits
            if (s.Order == Equal)
            {
                char bound = s.Index < digits.Length ? digits[s.Index] : s.Fraction ? '0' : '9';
                if (s.Fraction || s.Index < digits.Length)
                    s = s with { Order = c < bound ? Less : c > bound ? Greater : Equal };
            }
            int limit = s.Fraction ? (s.Order == Equal ? digits.Length : 0) : digits.Length + 1;
            return (s with { Index = Math.Min(s.Index + 1, limit) }).Pack();
        }

        private State EndWhole(State s) => s with
        {
            Order = condition.Bound.IsZero ? Equal : s.Index < _whole.Length ? Less : s.Index > _whole.Length ? Greater : s.Order,
        };

        public override bool Holds(long state)
        {
            State s = State.Unpack(state);
            ExactDecimal bound = condition.Bound;
            int order; // of the value to the bound
            if (bound.IsZero)
                order = !s.NonZero ? 0 : s.Negative ? -1 : 1;
            else
            {
                int magnitude = s.Size != 0 ? (s.Size == 1 || !s.NonZero ? Less : Greater) : s.Fraction ? s.Order : EndWhole(s).Order;
                if (magnitude == Equal && s.Size == 0 && (s.Fraction ? s.Index : 0) < _fraction.Length)
                    magnitude = Less; // the bound's remaining digits are not all zero
                order = s.Negative != bound.Negative && s.NonZero ? (s.Negative ? -1 : 1)
                    : !s.NonZero ? (bound.Negative ? 1 : -1)
                    : (magnitude == Equal ? 0 : magnitude == Less ? -1 : 1) * (s.Negative ? -1 : 1);
            }
            return order < 0 || (condition.OrAt && order == 0);
        }
    }
}
