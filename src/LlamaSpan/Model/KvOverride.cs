using System.Text;

namespace LlamaSpan;

/// <summary>
/// A metadata value used instead of the file's, or where the file has none. It counts only where its kind is the one that llama.cpp
/// reads the key as; arrays cannot be overridden.
/// </summary>
public sealed class KvOverride
{
    private const int MaxBytes = 127;   // llama_model_kv_override: char key[128], char val_str[128]

    private KvOverride(string key, KvOverrideKind kind)
    {
        if (string.IsNullOrEmpty(key) || key.Contains('\0') || Encoding.UTF8.GetByteCount(key) > MaxBytes)
            throw new ArgumentException($"A key has 1 to {MaxBytes} bytes of UTF-8 and no NUL.", nameof(key));
        (Key, Kind) = (key, kind);
    }

    /// <summary>Overrides an integer.</summary>
    /// <exception cref="ArgumentException">The key is empty, has a NUL or more than 127 bytes.</exception>
    public KvOverride(string key, long value)
        : this(key, KvOverrideKind.Integer) => Integer = value;

    /// <summary>Overrides a floating-point number.</summary>
    /// <exception cref="ArgumentException">The key is empty, has a NUL or more than 127 bytes.</exception>
    public KvOverride(string key, double value)
        : this(key, KvOverrideKind.Number) => Number = value;

    /// <summary>Overrides a truth value.</summary>
    /// <exception cref="ArgumentException">The key is empty, has a NUL or more than 127 bytes.</exception>
    public KvOverride(string key, bool value)
        : this(key, KvOverrideKind.Boolean) => Boolean = value;

    /// <summary>Overrides a string.</summary>
    /// <exception cref="ArgumentException">The key is empty, or key or value has a NUL or more than 127 bytes.</exception>
    public KvOverride(string key, string value)
        : this(key, KvOverrideKind.Text)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Contains('\0') || Encoding.UTF8.GetByteCount(value) > MaxBytes)
            throw new ArgumentException($"A text has at most {MaxBytes} bytes of UTF-8 and no NUL.", nameof(value));
        Text = value;
    }

    /// <summary>The metadata key, such as <c>llama.rope.freq_base</c>.</summary>
    public string Key { get; }

    /// <summary>Which value counts.</summary>
    public KvOverrideKind Kind { get; }

    /// <summary>The integer; 0 for the other kinds.</summary>
    public long Integer { get; }

    /// <summary>The number; 0 for the other kinds.</summary>
    public double Number { get; }

    /// <summary>The truth value; false for the other kinds.</summary>
    public bool Boolean { get; }

    /// <summary>The text; empty for the other kinds.</summary>
    public string Text { get; } = "";
}
