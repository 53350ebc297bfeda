using CommunityToolkit.HighPerformance.Buffers;

namespace LlamaSpan;

/// <summary>
/// Tokenises a prompt whose parts have different origins: as the whole, but with control tokens only where a template wrote them. The
/// text is split at these as tokenizer_st_partition in llama.cpp's llama-vocab.cpp does, and each gap is tokenised once, special tokens
/// off: parts tokenised one by one would give other tokens than the whole.
/// </summary>
internal static class PromptTokenizer
{
    /// <exception cref="ArgumentException">The parts do not cover the text.</exception>
    /// <exception cref="TokenizeException">The text cannot be tokenised.</exception>
    internal static TokenizedPrompt Tokenize(Vocabulary vocabulary, ReadOnlySpan<byte> text, ReadOnlySpan<PromptPart> parts, bool addSpecial)
    {
        CheckParts(text, parts);
        vocabulary.CheckText(text);
        List<Fragment> fragments = Split(text, TemplateRuns(parts), vocabulary.Special);
        using ArrayPoolBufferWriter<LlamaToken> tokens = new();
        List<Place> places = [];
        if (addSpecial && vocabulary.StartToken is { Exists: true } start && (fragments is [] || fragments[0].Token != start))
        {
            tokens.GetSpan(1)[0] = start;
            tokens.Advance(1);
            places.Add(new Place(0, 0));
        }
        foreach (Fragment fragment in fragments)
            Append(vocabulary, text, fragment, tokens, places);
        if (addSpecial && vocabulary.EndToken is { Exists: true } end && (fragments is [] || fragments[^1].Token != end))
        {
            tokens.GetSpan(1)[0] = end;
            tokens.Advance(1);
            places.Add(new Place(text.Length, text.Length));
        }
        return new TokenizedPrompt(tokens.WrittenSpan.ToArray(), FindSegments(parts, places));
    }

    private static void CheckParts(ReadOnlySpan<byte> text, ReadOnlySpan<PromptPart> parts)
    {
        int end = 0;
        foreach (PromptPart part in parts)
        {
            if (part.Start != end || part.Length < 0 || part.Length > text.Length - end)
                throw new ArgumentException($"A part is at bytes {part.Start} to {part.End} of {text.Length}; it must begin at {end}.", nameof(parts));
            end = part.End;
        }
        if (end != text.Length)
            throw new ArgumentException($"The parts end at byte {end} of {text.Length}.", nameof(parts));
    }

    /// <summary>Stretches of the template, neighbours joined.</summary>
    private static List<(int Start, int End)> TemplateRuns(ReadOnlySpan<PromptPart> parts)
    {
        List<(int Start, int End)> runs = [];
        foreach (PromptPart part in parts)
        {
            if (part.Kind != PromptPartKind.Template || part.Length == 0)
                continue;
            if (runs.Count > 0 && runs[^1].End == part.Start)
                runs[^1] = (runs[^1].Start, part.End);
            else
                runs.Add((part.Start, part.End));
        }
        return runs;
    }

    private static List<Fragment> Split(ReadOnlySpan<byte> text, List<(int Start, int End)> runs, SpecialTokens special)
    {
        List<Fragment> fragments = text.IsEmpty ? [] : [new Fragment(0, text.Length, LlamaToken.None)];
        List<(int Start, int End)> everywhere = [(0, text.Length)];
        foreach (SpecialToken token in special.InOrder)
        {
            List<(int Start, int End)> searched = token.IsControl ? runs : everywhere;
            if (!Occurs(text, searched, token.Spelling))
                continue;
            for (int i = 0; i < fragments.Count; i++)
                while (!fragments[i].Token.Exists && Find(text, fragments[i], searched, token.Spelling) is >= 0 and int match)
                {
                    int places = SplitAt(text, fragments, i, match, token);
                    i += places;
                    if (i >= fragments.Count)
                        break;
                }
        }
        return fragments;
    }

    private static bool Occurs(ReadOnlySpan<byte> text, List<(int Start, int End)> searched, byte[] spelling)
    {
        foreach ((int start, int end) in searched)
            if (text[start..end].IndexOf(spelling) >= 0)
                return true;
        return false;
    }

    /// <summary>Where a spelling first stands in a fragment, all of it in one of the runs; -1 if nowhere.</summary>
    private static int Find(ReadOnlySpan<byte> text, Fragment fragment, List<(int Start, int End)> runs, byte[] spelling)
    {
        for (int i = FirstEndingBehind(runs, fragment.Start); i < runs.Count && runs[i].Start < fragment.End; i++)
        {
            int start = Math.Max(runs[i].Start, fragment.Start);
            int end = Math.Min(runs[i].End, fragment.End);
            int match = text[start..end].IndexOf(spelling);
            if (match >= 0)
                return start + match;
        }
        return -1;
    }

    private static int FirstEndingBehind(List<(int Start, int End)> runs, int position)
    {
        (int low, int high) = (0, runs.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (runs[middle].End > position)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    /// <summary>Puts a token into a fragment of text.</summary>
    /// <returns>How many fragments on the rest is that may hold the token again.</returns>
    private static int SplitAt(ReadOnlySpan<byte> text, List<Fragment> fragments, int index, int match, SpecialToken token)
    {
        Fragment whole = fragments[index];
        int left = match;
        if (token.StripsLeft)
            while (left > whole.Start && IsSpace(text[left - 1]))
                left--;
        int right = match + token.Spelling.Length;
        if (token.StripsRight)
            while (right < whole.End && IsSpace(text[right]))
                right++;
        fragments.RemoveAt(index);
        int added = 0;
        if (left > whole.Start)
            fragments.Insert(index + added++, new Fragment(whole.Start, left, LlamaToken.None));
        fragments.Insert(index + added++, new Fragment(match, match + token.Spelling.Length, token.Token));
        if (right < whole.End)
            fragments.Insert(index + added, new Fragment(right, whole.End, LlamaToken.None));
        else
            added--;
        return added;
    }

    /// <summary>C's isspace.</summary>
    private static bool IsSpace(byte character) => character is (byte)' ' or (>= 9 and <= 13);

    private static void Append(Vocabulary vocabulary, ReadOnlySpan<byte> text, Fragment fragment, ArrayPoolBufferWriter<LlamaToken> tokens, List<Place> places)
    {
        if (fragment.Token.Exists)
        {
            tokens.GetSpan(1)[0] = fragment.Token;
            tokens.Advance(1);
            places.Add(new Place(fragment.Start, fragment.End));
            return;
        }
        ReadOnlySpan<byte> gap = text[fragment.Start..fragment.End];
        int first = tokens.WrittenCount;
        vocabulary.Tokenize(gap, tokens, addSpecial: false, parseSpecial: false);
        ReadOnlySpan<LlamaToken> added = tokens.WrittenSpan[first..];
        int known = places.Count;
        if (TryPlace(vocabulary.Tokens, gap, added, fragment.Start, leadingSpace: false, places))
            return;
        places.RemoveRange(known, places.Count - known);
        if (TryPlace(vocabulary.Tokens, gap, added, fragment.Start, leadingSpace: true, places))
            return;
        // A tokenizer that changes its text: all that is known of a token is the gap.
        places.RemoveRange(known, places.Count - known);
        for (int i = 0; i < added.Length; i++)
            places.Add(new Place(fragment.Start, fragment.End, IsKnown: false));
    }

    /// <summary>Finds each token's bytes in a gap; SentencePiece may have put a space in front of it.</summary>
    private static bool TryPlace(TokenTable table, ReadOnlySpan<byte> gap, ReadOnlySpan<LlamaToken> tokens, int offset, bool leadingSpace, List<Place> places)
    {
        int at = 0;
        foreach (LlamaToken token in tokens)
        {
            ReadOnlySpan<byte> bytes = table[token];
            if (leadingSpace)
            {
                if (bytes is not [(byte)' ', ..])
                    return false;
                bytes = bytes[1..];
                leadingSpace = false;
            }
            if (!gap[at..].StartsWith(bytes))
                return false;
            places.Add(new Place(offset + at, offset + at + bytes.Length));
            at += bytes.Length;
        }
        return at == gap.Length;
    }

    private static PromptSegment[] FindSegments(ReadOnlySpan<PromptPart> parts, List<Place> places)
    {
        List<PromptSegment> segments = [];
        int token = 0;
        foreach (PromptPart part in parts)
        {
            if (part.Message < 0 || part.Length == 0)
                continue;
            while (token < places.Count && places[token].End <= part.Start)
                token++;
            int end = token;
            while (end < places.Count && places[end].Start < part.End)
                end++;
            if (end == token)
                continue;
            (Place first, Place last) = (places[token], places[end - 1]);
            bool isExact = first.IsKnown && last.IsKnown && first.Start == part.Start && last.End == part.End;
            segments.Add(new PromptSegment(part.Message, part.Content, token, end - token, isExact));
        }
        return [.. segments];
    }

    /// <summary>A stretch of the text: a special token, or a gap between such.</summary>
    private readonly record struct Fragment(int Start, int End, LlamaToken Token);

    /// <summary>The bytes of the text that a token stands for.</summary>
    private readonly record struct Place(int Start, int End, bool IsKnown = true);
}
