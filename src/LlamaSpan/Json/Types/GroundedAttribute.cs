namespace LlamaSpan;

/// <summary>
/// A string property must come from the texts of a name in a <see cref="Grounding"/>, or repeat a string that comes before it; see
/// <see cref="JsonGrammar.FromType"/>.
/// </summary>
/// <param name="source">
/// The name; or, with a slash in front, the place of the strings to repeat by their JSON names, such as <c>/nodes/*/id</c>: a graph's edges then join
/// nodes that there are. Lists on the way there must not be empty (MinLength), nor may the root's type refer to itself.
/// </param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class GroundedAttribute(string source) : Attribute
{
    /// <summary>The name or place.</summary>
    public string Source => source;
}
