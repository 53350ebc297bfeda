namespace LlamaSpan;

/// <summary>Who says a message.</summary>
/// <param name="Name">Of letters, digits, '_' and '-': templates write it between their own marks.</param>
public readonly record struct ChatRole(string Name)
{
    /// <summary>Instructions.</summary>
    public static ChatRole System { get; } = new("system");

    /// <summary>Instructions, as newer models call them; templates that do not know it get <see cref="System"/>.</summary>
    public static ChatRole Developer { get; } = new("developer");

    /// <summary>A person.</summary>
    public static ChatRole User { get; } = new("user");

    /// <summary>The model.</summary>
    public static ChatRole Assistant { get; } = new("assistant");

    /// <summary>What a tool returned.</summary>
    public static ChatRole Tool { get; } = new("tool");

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
