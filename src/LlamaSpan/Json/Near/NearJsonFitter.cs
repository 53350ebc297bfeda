using System.Buffers;
using System.Text;

namespace LlamaSpan;

/// <summary>
/// Writes what a near-JSON text says as an instance of a grammar: what fits as it is, what converts converted, names respelled, the rest left
/// out; what must be there and is not is filled in with something short, and remembered as a hole.
/// </summary>
internal sealed partial class NearJsonFitter
{
    private readonly NearJsonTape _near;
    private readonly TextCursor _cursor;
    private readonly List<NearJsonHole> _holes;
    private readonly bool _spaced;

    private NearJsonFitter(NearJsonTape near, TextCursor cursor, List<NearJsonHole> holes) =>
        (_near, _cursor, _holes, _spaced) = (near, cursor, holes, cursor.Grammar.Options.Whitespace != JsonWhitespace.None);

    private ReadOnlySpan<byte> Comma => _spaced ? ", "u8 : ","u8;

    private ReadOnlySpan<byte> Colon => _spaced ? ": "u8 : ":"u8;

    private ShortTexts ShortTexts => _cursor.Grammar.ShortTexts;

    /// <summary>An instance, and the holes in it, first to last.</summary>
    /// <exception cref="InvalidOperationException">The grammar is not one of JSON values.</exception>
    public static NearJsonResult Fit(ReadOnlySpan<byte> utf8, JsonGrammar grammar, out List<NearJsonHole> holes)
    {
        if (grammar.Start is not ValueNode start)
            throw new InvalidOperationException("Only a grammar of JSON values says what a text should be.");
        NearJsonTape near = NearJsonReader.Read(utf8);
        var cursor = new TextCursor(grammar);
        holes = [];
        var fitter = new NearJsonFitter(near, cursor, holes);
        int? root = NearJsonReader.Best(near, node => Admits(start, near[node].Kind));
        bool valid = (root is int node && fitter.WriteValue(node, mayWrap: true)) || fitter.WriteHole();
        holes.Sort((a, b) => a.Start.CompareTo(b.Start));
        return new NearJsonResult(cursor.Text.ToArray(), near.Changes, root is not null, valid && cursor.IsComplete);
    }

    private static bool Admits(ValueNode value, NearJsonKind kind) => kind switch
    {
        NearJsonKind.Object => value.Objects.Length > 0,
        NearJsonKind.Array => value.Arrays.Length > 0,
        _ => value.Objects.Length == 0 && value.Arrays.Length == 0,
    };

    private bool WriteValue(int node, bool mayWrap)
    {
        TextCursor.Place before = _cursor.Here;
        int holes = _holes.Count;
        bool written = _near[node].Kind switch
        {
            NearJsonKind.Object => WriteObject(node),
            NearJsonKind.Array => WriteArray(node),
            NearJsonKind.String => WriteString(node),
            NearJsonKind.Number => WriteNumber(node),
            NearJsonKind.Missing => false,
            _ => WriteWord(node),
        };
        if (written)
            return true;
        Return(before, holes);
        if (_near[node].Kind == NearJsonKind.Array && _near[node].End > node + 1 && _near[node + 1].End == _near[node].End && WriteValue(node + 1, mayWrap: false))
            return Note(NearJsonChanges.Types); // [x] where x is wanted
        if (mayWrap && _near[node].Kind is not (NearJsonKind.Array or NearJsonKind.Missing or NearJsonKind.Null)
            && _cursor.TryWrite("["u8) && WriteValue(node, mayWrap: false) && CloseArray(first: false))
            return Note(NearJsonChanges.Types); // x where [x] is wanted
        Return(before, holes);
        return false;
    }

    private void Return(TextCursor.Place place, int holes)
    {
        _cursor.Return(place);
        _holes.RemoveRange(holes, _holes.Count - holes);
    }

    private bool Note(NearJsonChanges change)
    {
        _near.Changes |= change;
        return true;
    }

    private bool WriteString(int node)
    {
        byte[] text = _near.TextOf(node).ToArray();
        if (_cursor.TryWrite(Quoted(text)))
            return true;
        ReadOnlySpan<byte> trimmed = text.AsSpan().Trim(" \t\r\n"u8);
        if (WriteListed(Encoding.UTF8.GetString(trimmed)) || (trimmed.Length < text.Length && _cursor.TryWrite(Quoted(trimmed))))
            return Note(NearJsonChanges.Types);
        if (NearJsonNumber.IsNumber(trimmed) && WriteNumber(trimmed))
            return Note(NearJsonChanges.Types);
        ReadOnlySpan<byte> literal = Encoding.UTF8.GetString(trimmed).ToLowerInvariant() switch
        {
            "true" or "yes" or "on" => "true"u8,
            "false" or "no" or "off" => "false"u8,
            "null" or "none" or "nil" or "n/a" or "" => "null"u8,
            _ => default,
        };
        if (!literal.IsEmpty && _cursor.TryWrite(literal))
            return Note(NearJsonChanges.Types);
        if (trimmed is not ([(byte)'{', ..] or [(byte)'[', ..]))
            return false;
        NearJsonTape inner = NearJsonReader.Read(trimmed); // JSON within a string
        return NearJsonReader.Best(inner, _ => true) is int root && new NearJsonFitter(inner, _cursor, _holes).WriteValue(root, mayWrap: false)
            && Note(NearJsonChanges.Types);
    }

    /// <summary>One of the listed texts that may stand here, if it differs in case, spaces and the like only.</summary>
    private bool WriteListed(string text)
    {
        string plain = Plain(text);
        foreach (Node node in _cursor.Nodes.ToArray())
            foreach (string word in (node as ValueNode)?.String?.Machine.Language.Words ?? [])
                if (Plain(word) == plain && _cursor.TryWrite(Quoted(Encoding.UTF8.GetBytes(word))))
                    return true;
        return false;
    }

    private bool WriteNumber(int node)
    {
        byte[] text = _near.TextOf(node).ToArray();
        if (WriteNumber(text))
            return true;
        if (_cursor.TryWrite(Quoted(text)))
            return Note(NearJsonChanges.Types);
        return text is [(byte)'0' or (byte)'1'] && _cursor.TryWrite(text[0] == '1' ? "true"u8 : "false"u8) && Note(NearJsonChanges.Types);
    }

    private bool WriteNumber(ReadOnlySpan<byte> text)
    {
        var spelled = new ArrayBufferWriter<byte>();
        NearJsonNumber.Write(text, spelled);
        if (_cursor.TryWrite(spelled.WrittenSpan))
            return true;
        string digits = Encoding.ASCII.GetString(spelled.WrittenSpan);
        return decimal.TryParse(digits, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out decimal value)
            && decimal.IsInteger(value)
            && _cursor.TryWrite(Encoding.ASCII.GetBytes(decimal.Truncate(value).ToString("F0", System.Globalization.CultureInfo.InvariantCulture)));
    }

    private bool WriteWord(int node)
    {
        byte[] word = _near[node].Kind switch { NearJsonKind.True => [.. "true"u8], NearJsonKind.False => [.. "false"u8], _ => [.. "null"u8] };
        return _cursor.TryWrite(word) || (_near[node].Kind != NearJsonKind.Null && _cursor.TryWrite(Quoted(word)) && Note(NearJsonChanges.Types));
    }

    /// <summary>Something short where a value must stand that the text does not have.</summary>
    private bool WriteHole()
    {
        int start = _cursor.Length;
        foreach (Node node in _cursor.Nodes.ToArray())
            if (node is ValueNode value && ((value.Literals & JsonTypes.Null) != 0 ? [.. "null"u8] : ShortTexts.Value(value)) is { } text && _cursor.TryWrite(text))
            {
                _holes.Add(new NearJsonHole(start, text.Length, value));
                return Note(NearJsonChanges.Filled);
            }
        return false;
    }

    private static byte[] Quoted(ReadOnlySpan<byte> text)
    {
        var to = new ArrayBufferWriter<byte>(text.Length + 2);
        NearJsonText.WriteString(text, to);
        return to.WrittenSpan.ToArray();
    }

    private static string Plain(string text) => string.Concat(text.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
