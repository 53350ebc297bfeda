using System.Text.Json.Nodes;

namespace LlamaSpan;

/// <summary>
/// Schemas as people write them down: <c>{name: string, price: integer, colors: array of string, owner: {name: string, age: integer}}</c>.
/// </summary>
internal ref struct SchemaDescription
{
    private const int MaxDepth = 50;

    private readonly ReadOnlySpan<char> _text;
    private int _at;
    private int _depth;

    private SchemaDescription(ReadOnlySpan<char> text) => _text = text;

    /// <summary>The JSON Schema of a description; null if it is not of that form.</summary>
    public static JsonNode? Read(string description)
    {
        var reader = new SchemaDescription(description);
        JsonNode? schema = reader.ReadType();
        reader.SkipSpace();
        return reader._at == description.Length ? schema : null;
    }

    private JsonNode? ReadType()
    {
        SkipSpace();
        if (_depth == MaxDepth)
            return null;
        if (Take("{"))
            return ReadObject();
        if (TakeWord("array"))
        {
            _depth++;
            JsonNode? items = TakeWord("of") ? ReadType() : null;
            _depth--;
            return items is null ? null : new JsonObject { ["type"] = "array", ["items"] = items };
        }
        foreach (string type in (ReadOnlySpan<string>)["string", "boolean", "integer", "number"])
            if (TakeWord(type))
                return TakeWord("or") ? (TakeWord("null") ? new JsonObject { ["type"] = new JsonArray(type, "null") } : null) : new JsonObject { ["type"] = type };
        return null;
    }

    private JsonObject? ReadObject()
    {
        var properties = new JsonObject();
        _depth++;
        do
        {
            if (ReadName() is not { Length: > 0 } name || !Take(":") || ReadType() is not { } type || !properties.TryAdd(name, type))
                return null;
        }
        while (Take(","));
        _depth--;
        return !Take("}") ? null : new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = new JsonArray([.. properties.Select(p => (JsonNode)p.Key)]),
            ["additionalProperties"] = false,
        };
    }

    private string ReadName()
    {
        SkipSpace();
        if (_at < _text.Length && _text[_at] == '"')
        {
            int end = _text[(_at + 1)..].IndexOf('"');
            string quoted = end < 0 ? "" : _text.Slice(_at + 1, end).ToString();
            _at += end < 0 ? 0 : end + 2;
            return quoted;
        }
        int start = _at;
        while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] is '_' or '-' or '$' or '.'))
            _at++;
        return _text[start.._at].ToString();
    }

    private bool TakeWord(string word)
    {
        int before = _at;
        if (Take(word) && (_at == _text.Length || !char.IsLetterOrDigit(_text[_at])))
            return true;
        _at = before;
        return false;
    }

    private bool Take(string text)
    {
        SkipSpace();
        if (!_text[_at..].StartsWith(text, StringComparison.Ordinal))
            return false;
        _at += text.Length;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }
}
