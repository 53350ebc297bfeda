using System.Text;
using System.Text.Json;

namespace LlamaSpan;

/// <summary>A place in an instance: names of properties, and * for every item of an array. Written <c>/nodes/*/id</c>.</summary>
internal sealed class JsonPlace(string text)
{
    private readonly string[] _segments =
        [.. text.Split('/').Skip(1).Select(s => s.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];

    public IReadOnlyList<string> Segments => _segments;

    /// <summary>The strings at the place in the beginning of a text.</summary>
    /// <param name="utf8">The beginning of a JSON object.</param>
    /// <param name="end">Where the property that holds the place ends; the text's length if it does not.</param>
    public List<byte[]> Find(ReadOnlySpan<byte> utf8, out int end)
    {
        var found = new List<byte[]>();
        var open = new Stack<(int Matched, bool IsArray)>();
        int matched = 0; // how many segments lead to the value at hand; -1 if others do
        var reader = new Utf8JsonReader(utf8, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = 1001 }));
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    int around = open.Peek().Matched;
                    matched = around >= 0 && around < _segments.Length && reader.ValueTextEquals(_segments[around]) ? around + 1 : -1;
                    continue;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    open.Push((matched, reader.TokenType == JsonTokenType.StartArray));
                    matched = OfItem(open.Peek());
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    matched = open.Pop().Matched;
                    break;
                case JsonTokenType.String when matched == _segments.Length:
                    found.Add(Encoding.UTF8.GetBytes(reader.GetString()!));
                    break;
            }
            if (open.Count == 1 && matched == 1)
            {
                end = (int)reader.BytesConsumed;
                return found;
            }
            matched = open.Count > 0 ? OfItem(open.Peek()) : -1;
        }
        end = utf8.Length;
        return found;
    }

    private int OfItem((int Matched, bool IsArray) around) =>
        around.IsArray && around.Matched >= 0 && around.Matched < _segments.Length && _segments[around.Matched] == "*" ? around.Matched + 1 : -1;
}
