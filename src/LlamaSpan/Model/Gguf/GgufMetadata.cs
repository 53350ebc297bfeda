using System.Buffers;
using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace LlamaSpan;

/// <summary>The metadata of a GGUF file: keys and values in the file's order.</summary>
public sealed class GgufMetadata : IReadOnlyDictionary<string, GgufValue>
{
    private readonly List<KeyValuePair<string, GgufValue>> _entries;
    private readonly Dictionary<string, int> _indices;

    private byte[]? _rented;

    /// <param name="capacity">How many entries there will be.</param>
    /// <param name="rented">Memory of the shared pool that the values lie in.</param>
    internal GgufMetadata(int capacity, byte[]? rented = null) =>
        (_entries, _indices, _rented) = (new(capacity), new(capacity, StringComparer.Ordinal), rented);

    /// <summary>Number of keys.</summary>
    public int Count => _entries.Count;

    /// <summary>The keys in the file's order.</summary>
    public IEnumerable<string> Keys => _entries.Select(entry => entry.Key);

    /// <summary>The values in the file's order.</summary>
    public IEnumerable<GgufValue> Values => _entries.Select(entry => entry.Value);

    /// <summary>The value of a key.</summary>
    /// <exception cref="KeyNotFoundException">The file has no such key.</exception>
    public GgufValue this[string key] =>
        TryGetValue(key, out GgufValue value) ? value : throw new KeyNotFoundException($"The file has no metadata key '{key}'.");

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _indices.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, out GgufValue value)
    {
        bool found = _indices.TryGetValue(key, out int index);
        value = found ? _entries[index].Value : default;
        return found;
    }

    /// <summary>An integer of any width; false where the key is missing or its value is something else.</summary>
    public bool TryGetInt64(string key, out long value)
    {
        bool found = TryGetValue(key, out GgufValue entry) && !entry.IsArray
            && entry.Type is not (GgufValueType.Float32 or GgufValueType.Float64 or GgufValueType.Boolean or GgufValueType.String);
        value = found ? entry.AsInt64() : 0;
        return found;
    }

    /// <summary>A floating-point number; false where the key is missing or its value is something else.</summary>
    public bool TryGetDouble(string key, out double value)
    {
        bool found = TryGetValue(key, out GgufValue entry) && !entry.IsArray && entry.Type is GgufValueType.Float32 or GgufValueType.Float64;
        value = found ? entry.AsDouble() : 0;
        return found;
    }

    /// <summary>A truth value; false where the key is missing or its value is something else.</summary>
    public bool TryGetBoolean(string key, out bool value)
    {
        bool found = TryGetValue(key, out GgufValue entry) && !entry.IsArray && entry.Type == GgufValueType.Boolean;
        value = found && entry.AsBoolean();
        return found;
    }

    /// <summary>A string; false where the key is missing or its value is something else.</summary>
    public bool TryGetString(string key, [NotNullWhen(true)] out string? value)
    {
        bool found = TryGetValue(key, out GgufValue entry) && !entry.IsArray && entry.Type == GgufValueType.String;
        value = found ? entry.AsString() : null;
        return found;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, GgufValue>> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Adds an entry; false if the key is there already.</summary>
    internal bool TryAdd(string key, GgufValue value)
    {
        if (!_indices.TryAdd(key, _entries.Count))
            return false;
        _entries.Add(new(key, value));
        return true;
    }

    /// <summary>Forgets the entries and gives their memory back: for who read them, and alone has them.</summary>
    internal void Release()
    {
        _entries.Clear();
        _indices.Clear();
        if (Interlocked.Exchange(ref _rented, null) is byte[] rented)
            ArrayPool<byte>.Shared.Return(rented);
    }
}
