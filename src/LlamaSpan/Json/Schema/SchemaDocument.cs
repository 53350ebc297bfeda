using System.Text.Json;

namespace LlamaSpan;

/// <summary>A place in a schema document: the element, its JSON pointer from the document's root, and the base URI there.</summary>
internal readonly record struct SchemaPlace(JsonElement Element, string Pointer, string BaseUri)
{
    public SchemaPlace Child(string name, JsonElement element) =>
        this with { Element = element, Pointer = $"{Pointer}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}" };

    public SchemaPlace Child(string keyword, int index, JsonElement element) => this with { Element = element, Pointer = $"{Pointer}/{keyword}/{index}" };
}

/// <summary>Finds what references point to within one document.</summary>
internal sealed class SchemaDocument
{
    private readonly Dictionary<string, SchemaPlace> _resources = []; // base URI -> its root
    private readonly Dictionary<string, SchemaPlace> _anchors = [];   // base URI#name
    private readonly Dictionary<string, List<string>> _dynamic = [];  // $dynamicAnchor -> where
    private readonly string _idKeyword;

    public SchemaDocument(JsonElement root, SchemaDialect dialect)
    {
        (Root, Dialect, _idKeyword) = (new SchemaPlace(root, "", ""), dialect, dialect.IdKeyword());
        _resources[""] = Root;
        Index(Root);
        Root = _resources.Values.First(p => p.Pointer.Length == 0) is var first && _rootUri is { } uri ? first with { BaseUri = uri } : Root;
    }

    private string? _rootUri;

    public SchemaPlace Root { get; }

    public SchemaDialect Dialect { get; }

    /// <summary>The place with its own base URI where its schema carries an identifier.</summary>
    public SchemaPlace Enter(SchemaPlace place)
    {
        if (Identifier(place.Element) is not { } id || id.StartsWith('#'))
            return place;
        return place with { BaseUri = Resolve(place.BaseUri, id).TrimEnd('#') };
    }

    /// <summary>The place a reference means.</summary>
    /// <exception cref="GrammarException">It is not in this document.</exception>
    public SchemaPlace Find(SchemaPlace from, string reference, string keyword)
    {
        string absolute = Resolve(from.BaseUri, reference);
        int hash = absolute.IndexOf('#');
        string uri = hash >= 0 ? absolute[..hash] : absolute, fragment = hash >= 0 ? Uri.UnescapeDataString(absolute[(hash + 1)..]) : "";
        GrammarException missing = new($"'{reference}' is not in the document", from.Pointer, keyword);
        if (fragment.Length > 0 && fragment[0] != '/')
            return _anchors.TryGetValue($"{uri}#{fragment}", out SchemaPlace anchor) ? anchor : throw missing;
        if (!_resources.TryGetValue(uri, out SchemaPlace place))
            throw missing;
        foreach (string part in fragment.Split('/').Skip(1))
        {
            string name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            JsonElement element = place.Element;
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement child))
                place = Enter(place.Child(name, child));
            else if (element.ValueKind == JsonValueKind.Array && int.TryParse(name, out int index) && index >= 0 && index < element.GetArrayLength())
                place = Enter(place.Child(name, element[index]));
            else
                throw missing;
        }
        return place;
    }

    /// <summary>The place a <c>$dynamicRef</c> means where that does not depend on how it was reached.</summary>
    /// <exception cref="GrammarException">It depends.</exception>
    public SchemaPlace FindDynamic(SchemaPlace from, string reference)
    {
        SchemaPlace found = Find(from, reference, "$dynamicRef");
        int hash = reference.IndexOf('#');
        string name = hash >= 0 ? reference[(hash + 1)..] : "";
        bool bookend = found.Element.ValueKind == JsonValueKind.Object && found.Element.TryGetProperty("$dynamicAnchor", out JsonElement a)
            && a.ValueKind == JsonValueKind.String && a.GetString() == name;
        if (bookend && _dynamic[name].Count > 1)
            throw new GrammarException($"'{reference}' means another schema depending on how it is reached", from.Pointer, "$dynamicRef");
        return found;
    }

    /// <summary>True if any schema carries <c>$recursiveAnchor: true</c> below the root.</summary>
    public bool HasRecursiveAnchor { get; private set; }

    private string? Identifier(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(_idKeyword, out JsonElement id) && id.ValueKind == JsonValueKind.String
            && (Dialect.KeepsSiblings() || !element.TryGetProperty("$ref", out JsonElement r) || r.ValueKind != JsonValueKind.String)
            ? id.GetString() : null;

    private void Index(SchemaPlace place)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        if (place.Element.ValueKind == JsonValueKind.Array)
        {
            int i = 0;
            foreach (JsonElement item in place.Element.EnumerateArray())
                Index(place.Child((i++).ToString(System.Globalization.CultureInfo.InvariantCulture), item));
            return;
        }
        if (place.Element.ValueKind != JsonValueKind.Object)
            return;
        if (Identifier(place.Element) is { } id)
        {
            if (id.StartsWith('#'))
                _anchors.TryAdd($"{place.BaseUri}{id}", place);
            else
            {
                place = Enter(place);
                _resources.TryAdd(place.BaseUri, place);
                if (place.Pointer.Length == 0)
                    _rootUri = place.BaseUri;
            }
        }
        foreach (string keyword in (ReadOnlySpan<string>)["$anchor", "$dynamicAnchor"])
            if (place.Element.TryGetProperty(keyword, out JsonElement anchor) && anchor.ValueKind == JsonValueKind.String)
            {
                _anchors.TryAdd($"{place.BaseUri}#{anchor.GetString()}", place);
                if (keyword == "$dynamicAnchor")
                {
                    if (!_dynamic.TryGetValue(anchor.GetString()!, out List<string>? where))
                        _dynamic.Add(anchor.GetString()!, where = []);
                    where.Add(place.Pointer);
                }
            }
        if (place.Element.TryGetProperty("$recursiveAnchor", out JsonElement recursive) && recursive.ValueKind == JsonValueKind.True)
            HasRecursiveAnchor |= place.Pointer.Length > 0;
        foreach (JsonProperty property in place.Element.EnumerateObject())
            if (property.Name is not ("enum" or "const") && property.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                Index(place.Child(property.Name, property.Value));
    }

    private static string Resolve(string baseUri, string reference)
    {
        if (reference.StartsWith('#'))
            return baseUri + reference;
        if (Uri.TryCreate(reference, UriKind.Absolute, out Uri? absolute) && reference.Contains(':', StringComparison.Ordinal))
            return Text(absolute, reference);
        return Uri.TryCreate(baseUri, UriKind.Absolute, out Uri? root) && Uri.TryCreate(root, reference, out Uri? joined) ? Text(joined, reference)
            : reference;
    }

    private static string Text(Uri uri, string original) =>
        uri.Scheme is "http" or "https" or "file" or "ftp" ? uri.OriginalString.Contains(original, StringComparison.Ordinal) && uri.OriginalString == original ? original : uri.ToString() : uri.OriginalString;
}
