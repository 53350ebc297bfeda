namespace LlamaSpan;

/// <summary>A string property must come from the texts of a name in a <see cref="Grounding"/>; see <see cref="JsonGrammar.FromType"/>.</summary>
/// <param name="source">The name.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class GroundedAttribute(string source) : Attribute
{
    /// <summary>The name.</summary>
    public string Source => source;
}
