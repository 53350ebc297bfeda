using System.Buffers;

namespace LlamaSpan;

/// <content>Text that follows without the model.</content>
public sealed partial class JsonConstraint
{
    /// <inheritdoc/>
    public bool MustEnd
    {
        get
        {
            for (int i = Current.From; i < Current.To; i++)
                if (_tape[i].Node is not EndNode)
                    return false;
            return !Current.Ended;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException"><paramref name="output"/> is null.</exception>
    public int ForcedBytes(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (Current.Ended)
            return 0;
        const int Most = 4096;
        Tape.Mark mark = _tape.Now();
        (int from, int to, int written) = (Current.From, Current.To, 0);
        while (written < Most && !_tape.IsComplete(from, to) && OnlyByte(from, to) is >= 0 and int only)
        {
            int start = _tape.HeadTop;
            _tape.Step(from, to, (byte)only);
            (from, to) = (start, _tape.HeadTop);
            output.GetSpan(1)[0] = (byte)only;
            output.Advance(1);
            written++;
        }
        _tape.Restore(mark);
        return written;
    }

    /// <inheritdoc/>
    public bool IsLongerToken(ReadOnlySpan<byte> bytes)
    {
        int node = -1;
        foreach (byte b in bytes)
            if ((node = _index.Trie.Child(node, b)) < 0)
                return false;
        return node < 0 || _index.Trie.Skip[node] > node + 1;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException"><paramref name="output"/> is null.</exception>
    public int ClosingTokens(IBufferWriter<LlamaToken> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (Current.Ended || IsComplete)
            return 0;
        ReadOnlySpan<byte> text = ShortestEnd();
        int tokens = 0;
        while (!text.IsEmpty)
        {
            (int token, int length) = LongestToken(text);
            if (length == 0)
                return -1;
            output.GetSpan(1)[0] = (LlamaToken)token;
            output.Advance(1);
            text = text[length..];
            tokens++;
        }
        return tokens == 0 ? -1 : tokens;
    }

    /// <summary>A short text that completes what was read; empty if none was found.</summary>
    private ReadOnlySpan<byte> ShortestEnd()
    {
        if (!_grammar.RepeatsValues)
            return ShortestEnd(_shortTexts, out _);
        // values that must be repeated may come with the end itself: a first end, of empty strings in their place, shows which those are
        ReadOnlySpan<byte> end = ShortestEnd(new ShortTexts(_grammar.Options, node => _tape.TextsOf(node) ?? TextTrie.Of([[]])), out byte[]? first);
        if (!end.IsEmpty || first is null)
            return end;
        byte[] whole = [.. Text, .. first];
        return ShortestEnd(new ShortTexts(_grammar.Options, node => _tape.TextsOf(node) ?? Repeated(node.Place!, whole)), out _);
    }

    private static TextAutomaton? Repeated(JsonPlace place, byte[] text) => place.Find(text, out _) is { Count: > 0 } values ? TextTrie.Of(values) : null;

    /// <param name="shortTexts">Knows short ends.</param>
    /// <param name="attempt">What was tried first, though it may be no end.</param>
    private ReadOnlySpan<byte> ShortestEnd(ShortTexts shortTexts, out byte[]? attempt)
    {
        const int MostOffsets = 256;
        attempt = null;
        int offsets = 4; // names of unlisted properties and items that must differ may be taken: others are tried
        for (int i = Current.From; i < Current.To; i++)
            offsets = Math.Clamp(4 + _tape.ExtrasAround(_tape[i]), offsets, MostOffsets);
        for (int offset = 0; offset < offsets; offset++)
        {
            if (offset == 1 && _grammar.Ways is not null && WalkToEnd(shortTexts) is { } walked)
                return walked;
            byte[]? best = null;
            for (int i = Current.From; i < Current.To; i++)
                if (shortTexts.ToEnd(_tape, _tape[i], offset) is { } text && (best is null || text.Length < best.Length))
                    best = text;
            attempt ??= best;
            if (best is not null && Completes(best))
                return best;
        }
        return default;
    }

    private bool Completes(ReadOnlySpan<byte> text)
    {
        Tape.Mark mark = _tape.Now();
        (int from, int to) = (Current.From, Current.To);
        bool complete = TryRead(text, ref from, ref to) && _tape.IsComplete(from, to);
        _tape.Restore(mark);
        return complete;
    }

    /// <summary>Goes on from one set of heads to another if a text is let through.</summary>
    private bool TryRead(ReadOnlySpan<byte> text, ref int from, ref int to)
    {
        Tape.Mark mark = _tape.Now();
        (int first, int last) = (from, to);
        foreach (byte b in text)
        {
            int start = _tape.HeadTop;
            if (!_tape.Step(first, last, b))
            {
                _tape.Restore(mark);
                return false;
            }
            (first, last) = (start, _tape.HeadTop);
        }
        (from, to) = (first, last);
        return true;
    }

    /// <summary>
    /// An end found step by step: where items must differ in what lies in them, the shortest may be used already, but no text that is let
    /// through leads to a dead end. Null if it grows long.
    /// </summary>
    private byte[]? WalkToEnd(ShortTexts shortTexts)
    {
        const int Most = 4096;
        var text = new List<byte>();
        Tape.Mark mark = _tape.Now();
        (int from, int to) = (Current.From, Current.To);
        while (!_tape.IsComplete(from, to) && text.Count < Most && (TryValue(shortTexts, ref from, ref to, text) || TryString(ref from, ref to, text) || TryByte(ref from, ref to, text)))
        {
        }
        bool complete = _tape.IsComplete(from, to);
        _tape.Restore(mark);
        return complete ? [.. text] : null;
    }

    /// <summary>Brings the innermost value to its nearest end.</summary>
    private bool TryValue(ShortTexts shortTexts, ref int from, ref int to, List<byte> text)
    {
        for (int i = from, end = to; i < end; i++)
            if (shortTexts.ToEndOfValue(_tape, _tape[i]) is { Length: > 0 } value && TryRead(value, ref from, ref to))
            {
                text.AddRange(value);
                return true;
            }
        return false;
    }

    /// <summary>Brings a string that was begun to another end.</summary>
    private bool TryString(ref int from, ref int to, List<byte> text)
    {
        const int Most = 64;
        for (int i = from, end = to; i < end; i++)
            for (int skip = 0; skip < Most && _tape[i].Node is StringNode; skip++)
                if (ShortTexts.OtherTail(_tape[i], skip) is not { } tail)
                    break;
                else if (TryRead(tail, ref from, ref to))
                {
                    text.AddRange(tail);
                    return true;
                }
        return false;
    }

    private bool TryByte(ref int from, ref int to, List<byte> text)
    {
        ReadOnlySpan<byte> order = s_closing;
        foreach (byte b in Tape.IsStructural(_tape[from].Node) ? order[1..] : order)
            if (TryRead([b], ref from, ref to))
            {
                text.Add(b);
                return true;
            }
        return false;
    }

    // of the bytes that may come those that soonest bring a value to its end; the first is for within names and strings
    private static readonly byte[] s_closing = [(byte)'"', .. "}],:\"0123456789tfn-[{"u8.ToArray().Concat(Enumerable.Range(0, 256).Select(b => (byte)b)).Distinct()];

    /// <summary>The longest token that the text begins with; length 0 if there is none.</summary>
    private (int Token, int Length) LongestToken(ReadOnlySpan<byte> text)
    {
        TokenTrie trie = _index.Trie;
        (int node, int token, int length) = (-1, 0, 0);
        for (int i = 0; i < text.Length && (node = trie.Child(node, text[i])) >= 0; i++)
            if (trie.First[node] >= 0)
                (token, length) = (trie.Ids[trie.First[node]], i + 1);
        return (token, length);
    }

    private int OnlyByte(int from, int to)
    {
        int only = -1;
        Tape.Mark mark = _tape.Now();
        for (int b = 0; b < 256; b++)
        {
            bool lives = _tape.Step(from, to, (byte)b);
            _tape.Restore(mark);
            if (!lives)
                continue;
            if (only >= 0)
                return -1;
            only = b;
        }
        return only;
    }
}
