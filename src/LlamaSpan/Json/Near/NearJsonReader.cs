using static LlamaSpan.NearJsonCharacters;

namespace LlamaSpan;

/// <summary>Finds the values in a text: in code fences, between prose, with or without their outermost brackets.</summary>
internal static class NearJsonReader
{
    /// <summary>Reads every value found in a text, in time linear in its length.</summary>
    /// <param name="text">UTF-8, valid or not.</param>
    public static NearJsonTape Read(ReadOnlySpan<byte> text)
    {
        NearJsonTape tape = new();
        if (!IsString(text))
        {
            if (IsEscapedJson(text))
            {
                tape.Changes |= NearJsonChanges.Escapes;
                text = Unescape(text);
            }
            ReadContainers(text, tape);
        }
        if (tape.Roots.Count == 0)
            ReadScalar(text, tape);
        return tape;
    }

    /// <summary>The value among the roots that says most; null if there is none.</summary>
    /// <param name="tape">What was read.</param>
    /// <param name="admits">Whether a root may be chosen; those that may not serve if there is no other.</param>
    public static int? Best(NearJsonTape tape, Predicate<int> admits)
    {
        int? best = null;
        (bool Admitted, int Size) bestScore = default;
        foreach (int root in tape.Roots)
        {
            (bool, int) score = (admits(root), Said(tape, root));
            if (best is null || score.CompareTo(bestScore) > 0)
                (best, bestScore) = (root, score);
        }
        return best;
    }

    private static int Said(NearJsonTape tape, int root)
    {
        int said = 0;
        for (int i = root; i < tape[root].End; i++)
            said += tape[i].Kind switch { NearJsonKind.Name => 2, NearJsonKind.Missing => -1, _ => 1 };
        return said;
    }

    private static void ReadContainers(ReadOnlySpan<byte> text, NearJsonTape tape)
    {
        int at = 0, readTo = 0;
        bool atLineStart = true;
        NearJsonParser parser = new(text, tape);
        while (at < text.Length)
        {
            ReadOnlySpan<byte> rest = text[at..];
            bool startsMember = atLineStart && tape.Roots.Count == 0 && rest[0] is (byte)'"' or (byte)'\'' && parser.NameAhead(at);
            if (rest[0] is (byte)'{' or (byte)'[' || startsMember)
            {
                int changes = (int)tape.Changes;
                int root = parser.ReadContainer(at);
                if (at > readTo && text[readTo..at].ContainsAnyExcept(" \t\r\n"u8))
                    tape.Changes |= NearJsonChanges.Surroundings;
                readTo = at = parser.Position;
                if (tape[root].End > root + 1 || IsEmptyPair(text, at))
                    tape.Roots.Add(root);
                else
                    tape.Changes = (NearJsonChanges)changes;   // a bracket in prose
                atLineStart = false;
                continue;
            }
            if (StartsFence(rest))
            {
                at += 3;
                while (at < text.Length && IsWord(text[at]))
                    at++;   // the fence's language
                atLineStart = true;
                continue;
            }
            atLineStart = rest[0] == '\n' || (atLineStart && BlankLength(rest) > 0);
            at++;
        }
        if (tape.Roots.Count > 0 && text[readTo..].ContainsAnyExcept(" \t\r\n"u8))
            tape.Changes |= NearJsonChanges.Surroundings;
    }

    /// <summary>Whether {} or [] ends here, which says something even though it is empty.</summary>
    private static bool IsEmptyPair(ReadOnlySpan<byte> text, int end)
    {
        if (end == 0 || text[end - 1] is not ((byte)'}' or (byte)']'))
            return false;
        ReadOnlySpan<byte> before = text[..(end - 1)].TrimEnd(" \t\r\n"u8);
        return before is [.., (byte)'{' or (byte)'['];
    }

    private static void ReadScalar(ReadOnlySpan<byte> text, NearJsonTape tape)
    {
        int from = 0;
        int fence = text.IndexOf("```"u8);
        if (fence >= 0 && !IsString(text))
        {
            from = fence + 3;
            while (from < text.Length && IsWord(text[from]))
                from++;
            int closing = text[from..].IndexOf("```"u8);
            text = closing < 0 ? text : text[..(from + closing)];
            tape.Changes |= NearJsonChanges.Surroundings;
        }
        NearJsonParser parser = new(text, tape);
        int node = parser.ReadScalar(from);
        if (node >= 0)
            tape.Roots.Add(node);
        if (text[parser.Position..].ContainsAnyExcept(" \t\r\n"u8))
            tape.Changes |= NearJsonChanges.Surroundings;
    }

    /// <summary>Whether the whole text is one JSON string.</summary>
    private static bool IsString(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t\r\n"u8);
        if (text is not [(byte)'"', .., (byte)'"'])
            return false;
        int i = 1;
        while (i < text.Length && text[i] != '"' && text[i] >= ' ')
            i += text[i] == '\\' ? 2 : 1;
        return i == text.Length - 1;
    }

    /// <summary>{\"name\": \"x\"}: JSON that was put into a string and lost its outer quotes.</summary>
    private static bool IsEscapedJson(ReadOnlySpan<byte> text)
    {
        int bracket = text.IndexOfAny("{["u8);
        if (bracket < 0)
            return false;
        int next = bracket + 1;
        while (next < text.Length && (BlankLength(text[next..]) > 0 || text[next] is (byte)'{' or (byte)'['))
            next++;
        while (next + 1 < text.Length && text[next] == '\\' && text[next + 1] is (byte)'n' or (byte)'t' or (byte)'r')
        {
            next += 2;
            while (next < text.Length && BlankLength(text[next..]) > 0)
                next++;
        }
        return next + 1 < text.Length && text[next] == '\\' && text[next + 1] == '"';
    }

    private static byte[] Unescape(ReadOnlySpan<byte> text)
    {
        List<byte> plain = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                plain.Add(text[i]);
                continue;
            }
            i++;
            switch (text[i])
            {
                case (byte)'n':
                    plain.Add((byte)'\n');
                    break;
                case (byte)'t':
                    plain.Add((byte)'\t');
                    break;
                case (byte)'r':
                    plain.Add((byte)'\r');
                    break;
                case (byte)'"' or (byte)'\\' or (byte)'/':
                    plain.Add(text[i]);
                    break;
                default:
                    plain.Add((byte)'\\');
                    plain.Add(text[i]);
                    break;
            }
        }
        return [.. plain];
    }
}
