using System.Buffers.Binary;
using System.Text;

namespace LlamaSpan;

/// <summary>
/// Metadata as llama.cpp's model loader sees it (get_key, get_key_or_arr and get_arr of src/llama-model-loader.cpp): an override of the
/// kind that the key is read as goes before the file's value, and a value of the wrong type is an error. All methods throw
/// <see cref="ModelLoadException"/>.
/// </summary>
internal sealed class MetadataView
{
    private readonly Dictionary<string, KvOverride> _overrides = new(StringComparer.Ordinal);

    /// <param name="file">The file; of a split model, the first part.</param>
    /// <param name="overrides">Overrides; of two with one key the first counts.</param>
    /// <param name="blame">The reason that errors give.</param>
    public MetadataView(GgufFile file, IReadOnlyList<KvOverride> overrides, ModelLoadFailure blame = ModelLoadFailure.Hyperparameters)
    {
        (File, Overrides, Blame) = (file, overrides, blame);
        foreach (KvOverride item in overrides)
            _overrides.TryAdd(item.Key, item);
    }

    public GgufFile File { get; }

    private IReadOnlyList<KvOverride> Overrides { get; }

    private ModelLoadFailure Blame { get; }

    /// <summary>The same metadata with errors that give another reason.</summary>
    public MetadataView Blaming(ModelLoadFailure blame) => new(File, Overrides, blame);

    public uint? UInt32(string key) => Integer(key, GgufValueType.UInt32) is long value ? (uint)value : null;

    public ushort? UInt16(string key) => Integer(key, GgufValueType.UInt16) is long value ? (ushort)value : null;

    public int? Int32(string key) => Integer(key, GgufValueType.Int32) is long value ? (int)value : null;

    public uint RequiredUInt32(string key) => UInt32(key) ?? throw Missing(key);

    public float? Float(string key)
    {
        float? value = Override(key, KvOverrideKind.Number) is { } item ? (float)item.Number
            : Scalar(key, GgufValueType.Float32) is GgufValue found ? BinaryPrimitives.ReadSingleLittleEndian(found.Bytes)
            : null;
        return value is null || float.IsFinite(value.Value) ? value : throw Wrong(key, $"is {value}, not a finite number");
    }

    public bool? Boolean(string key) =>
        Override(key, KvOverrideKind.Boolean) is { } item ? item.Boolean
        : Scalar(key, GgufValueType.Boolean) is GgufValue found ? found.AsBoolean()
        : null;

    /// <summary>A string as C code sees it: up to its first NUL.</summary>
    public string? String(string key)
    {
        if (Override(key, KvOverrideKind.Text) is { } item)
            return item.Text;
        if (Scalar(key, GgufValueType.String) is not GgufValue found)
            return null;
        ReadOnlySpan<byte> bytes = found.AsUtf8();
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    /// <summary>One value a layer: an array of just as many, or a scalar that counts for all. Null if the key is missing.</summary>
    public uint[]? PerLayer(string key, uint layers)
    {
        if (!File.Metadata.TryGetValue(key, out GgufValue found))
            return null;    // llama.cpp looks for the key in the file first: an override alone does nothing
        uint[] values = new uint[layers];
        if (!found.IsArray)
        {
            values.AsSpan().Fill(RequiredUInt32(key));
            return values;
        }
        if (found.Count != layers)
            throw Wrong(key, $"is an array of {found.Count}; the model has {layers} layers");
        ReadIntegers(key, found, values);
        return values;
    }

    /// <summary>An array of flags or integers, shorter or longer than the layers; null if the key is missing or is no array.</summary>
    public uint[]? Integers(string key, int maxCount)
    {
        if (!File.Metadata.TryGetValue(key, out GgufValue found) || !found.IsArray)
            return null;
        if (found.Count > maxCount)
            throw Wrong(key, $"is an array of {found.Count}; at most {maxCount} are read");
        uint[] values = new uint[found.Count];
        ReadIntegers(key, found, values);
        return values;
    }

    /// <summary>An array of a type; null if the key is missing.</summary>
    public GgufValue? Array(string key, params ReadOnlySpan<GgufValueType> types)
    {
        if (!File.Metadata.TryGetValue(key, out GgufValue found))
            return null;
        return found.IsArray && types.Contains(found.Type)
            ? found
            : throw Wrong(key, $"is {Describe(found)}, not an array of {string.Join(" or ", types.ToArray())}");
    }

    public ModelLoadException Missing(string key) => new(Blame, File.Path, $"the metadata has no key '{key}'.");

    /// <summary>An error about a key's value, naming where it stands in the file or that it was overridden.</summary>
    public ModelLoadException Wrong(string key, string what)
    {
        string place = _overrides.ContainsKey(key) ? " (overridden)"
            : File.Metadata.TryGetValue(key, out GgufValue found) ? $" (at byte {found.Offset})"
            : " (missing)";
        return new ModelLoadException(Blame, File.Path, $"metadata key '{key}'{place} {what}.");
    }

    private long? Integer(string key, GgufValueType type) =>
        Override(key, KvOverrideKind.Integer) is { } item ? item.Integer
        : Scalar(key, type) is GgufValue found ? found.AsInt64()
        : null;

    private GgufValue? Scalar(string key, GgufValueType type)
    {
        if (!File.Metadata.TryGetValue(key, out GgufValue found))
            return null;
        return !found.IsArray && found.Type == type ? found : throw Wrong(key, $"is {Describe(found)}, not {type}");
    }

    private void ReadIntegers(string key, GgufValue found, Span<uint> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = found.Type switch
            {
                GgufValueType.UInt32 => found.AsArray<uint>()[i],
                GgufValueType.Int32 => (uint)found.AsArray<int>()[i],
                GgufValueType.Boolean => found.AsArray<byte>()[i] != 0 ? 1u : 0u,
                _ => throw Wrong(key, $"is {Describe(found)}, not an array of UInt32, Int32 or Boolean"),
            };
        }
    }

    private KvOverride? Override(string key, KvOverrideKind kind) =>
        _overrides.TryGetValue(key, out KvOverride? item) && item.Kind == kind ? item : null;

    private static string Describe(GgufValue value) => value.IsArray ? $"an array of {value.Type}" : value.Type.ToString();
}
