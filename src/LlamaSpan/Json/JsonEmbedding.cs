using System.Text;

namespace LlamaSpan;

/// <summary>How JSON stands in other text: reasoning first, then the answer; or a tool call at its opening. See <see cref="JsonGrammar.InText"/>.</summary>
public sealed record JsonEmbedding
{
    /// <summary>Says where the JSON begins.</summary>
    /// <param name="marker">
    /// The text whose first occurrence it follows, wherever its tokens' borders lie; may be the spelling of a control token. Not empty.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="marker"/> is empty.</exception>
    public JsonEmbedding(string marker)
    {
        ArgumentException.ThrowIfNullOrEmpty(marker);
        Marker = marker;
    }

    /// <summary>The text before the JSON.</summary>
    public string Marker { get; }

    /// <summary>True if the marker is itself the beginning of the JSON, as where a tool call opens with <c>{"name":</c>. Default false.</summary>
    public bool IsPartOfValue { get; init; }

    /// <summary>Whether the text may not end before the marker and the JSON came. Default true.</summary>
    public bool MustCome { get; init; } = true;

    /// <summary>Text that must follow the JSON at once, possibly empty (the default).</summary>
    public string Closing
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Closing));
            field = value;
        }
    } = "";

    /// <summary>True if after that any text may follow again, and the marker again; false, the default, if nothing may.</summary>
    public bool Repeats { get; init; }

    /// <summary>The places of the JSON values in a text of that form; the last one may be unfinished.</summary>
    /// <param name="utf8">The text.</param>
    public IReadOnlyList<Range> FindValues(ReadOnlySpan<byte> utf8)
    {
        byte[] marker = Encoding.UTF8.GetBytes(Marker);
        var values = new List<Range>();
        for (int at = 0; utf8[at..].IndexOf(marker) is >= 0 and int found && (Repeats || values.Count == 0);)
        {
            int start = at + found + (IsPartOfValue ? 0 : marker.Length), length = LengthOfValue(utf8[start..]);
            values.Add(start..(start + length));
            at = start + length;
        }
        return values;
    }

    private static int LengthOfValue(ReadOnlySpan<byte> json)
    {
        int spaces = json.IndexOfAnyExcept(" \n\r\t"u8);
        if (spaces >= 0 && json[spaces] is not ((byte)'{' or (byte)'[' or (byte)'"'))
        {
            // a number or word ends where other text begins, which the reader would refuse
            int scalar = json[spaces..].IndexOfAnyExcept("+-.0123456789aeflnrstuE"u8);
            return scalar < 0 ? json.Length : spaces + scalar;
        }
        var reader = new System.Text.Json.Utf8JsonReader(json, new System.Text.Json.JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 1001 });
        try
        {
            if (reader.Read() && reader.TrySkip())
                return (int)reader.BytesConsumed;
        }
        catch (System.Text.Json.JsonException)
        {
            // unfinished
        }
        return json.Length;
    }
}
