namespace LlamaSpan;

/// <summary>
/// Within a string that must come from given texts, spelled canonically. The head's A is what stands between two characters, B the count of
/// characters begun (0 where it does not matter), C the texts' state.
/// </summary>
internal sealed class GroundedNode(string source, int min, int max) : Node
{
    // values of A: 0 between characters, 1 to 3 continuation bytes to come, then escapes
    private const int Backslash = 4, U = 5, U0 = 6, U00 = 7, U000 = 8, U001 = 9;

    private const string Short = "\"\\bfnrt";
    private const string ShortMeaning = "\"\\\b\f\n\r\t";

    public string Source => source;

    /// <summary>The place in the instance whose values it must repeat, or null if its texts are given.</summary>
    public JsonPlace? Place { get; } = source.StartsWith('/') ? new JsonPlace(source) : null;

    public int Min => min;

    public bool IsSatisfied(TextAutomaton texts) => IsLive(texts, TextAutomaton.Root, 0);

    /// <summary>Whether the closing quote may come.</summary>
    public bool Accepts(TextAutomaton texts, in Head h) => h.A == 0 && texts.CanEnd(h.C) && h.B >= min && (max < 0 || h.B <= max);

    /// <summary>One byte on, but for the closing quote; false if no permitted string begins so.</summary>
    public bool Step(TextAutomaton texts, ref Head h, byte b)
    {
        switch (h.A)
        {
            case 0 when b == '\\':
                h.A = Backslash;
                return AnyEscaped(texts, h, _ => true);
            case 0:
                if (b < 0x20 || b == '"' || (b & 0xC0) == 0x80 || !Take(texts, ref h, b))
                    return false;
                h.A = b < 0x80 ? 0 : b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
                return true;
            case <= 3:
                h.A--;
                return (b & 0xC0) == 0x80 && (h.C = texts.Next(h.C, b)) >= 0;
            case Backslash when b == 'u':
                h.A = U;
                return AnyEscaped(texts, h, NeedsHex);
            case Backslash:
                h.A = 0;
                return Short.IndexOf((char)b) is >= 0 and int i && Take(texts, ref h, (byte)ShortMeaning[i]);
            case U or U0:
                h.A++;
                return b == '0';
            case U00:
                h.A = U000 + b - '0';
                return b is (byte)'0' or (byte)'1' && AnyEscaped(texts, h, c => NeedsHex(c) && c >> 4 == b - '0');
            default:
                int digit = "0123456789abcdef".IndexOf((char)b), meant = ((h.A - U000) << 4) + digit;
                h.A = 0;
                return digit >= 0 && NeedsHex((byte)meant) && Take(texts, ref h, (byte)meant);
        }
    }

    /// <summary>A short way from within the string behind its quote; null if there is none.</summary>
    public byte[]? Tail(TextAutomaton texts, Head h)
    {
        const int Most = 100_000;
        var tail = new List<byte>();
        while (!Accepts(texts, h))
        {
            (int best, Head next, int distance) = (-1, default, int.MaxValue);
            foreach (byte b in Candidates(texts, h))
            {
                Head to = h;
                if (Step(texts, ref to, b) && Math.Max(texts.Shortest(to.C), min - to.B) is var left && (left < distance || best < 0))
                    (best, next, distance) = (b, to, left);
            }
            if (best < 0 || tail.Count == Most)
                return null;
            tail.Add((byte)best);
            h = next;
        }
        return [.. tail, (byte)'"'];
    }

    private static byte[] Candidates(TextAutomaton texts, in Head h) => h.A switch
    {
        Backslash => [.. "\"\\bfnrtu"u8],
        >= U => [.. "0123456789abcdef"u8],
        _ => [.. texts.Bytes(h.C), (byte)'\\'],
    };

    /// <summary>A byte that begins a character.</summary>
    private bool Take(TextAutomaton texts, ref Head h, byte raw)
    {
        h.C = texts.Next(h.C, raw);
        h.B += min > 0 || max >= 0 ? 1 : 0;
        return h.C >= 0 && IsLive(texts, h.C, h.B);
    }

    private bool IsLive(TextAutomaton texts, int state, int count)
    {
        int shortest = texts.Shortest(state);
        return (min == 0 || count + texts.Longest(state) >= min)
            && (max < 0 || (count <= max && shortest <= max - count));
    }

    private bool AnyEscaped(TextAutomaton texts, in Head h, Func<byte, bool> counts)
    {
        foreach (byte b in texts.Bytes(h.C))
        {
            if (b >= 0x20 && b is not ((byte)'"' or (byte)'\\'))
                continue;
            Head to = h;
            if (counts(b) && Take(texts, ref to, b))
                return true;
        }
        return false;
    }

    private static bool NeedsHex(byte c) => c < 0x20 && !ShortMeaning.Contains((char)c);
}
