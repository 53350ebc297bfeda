using System.Text.Json.Serialization.Metadata;

namespace LlamaSpan;

/// <content>Values as JSON.</content>
public sealed partial class TextGenerator
{
    /// <summary>Generates a value as JSON that System.Text.Json reads as its type.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="prompt">At least one token, fewer than <see cref="LlamaContext.SequenceSize"/>. Read in place, not kept.</param>
    /// <param name="type">The type's metadata, from a source-generated JsonSerializerContext; see <see cref="JsonGrammar.FromType"/>.</param>
    /// <param name="options">How to generate; null for the defaults. <see cref="GenerationOptions.CloseAtLimit"/> gives a value at the limit too.</param>
    /// <param name="constraint">A fresh one of a grammar for the type; null for the type's own grammar.</param>
    /// <param name="cancellationToken">Ends it with an exception, within a micro-batch.</param>
    /// <exception cref="GrammarException">The type's JSON form is not known; see <see cref="JsonGrammar.FromType"/>.</exception>
    /// <exception cref="ArgumentException">No token, more than fit, or a constraint for another vocabulary.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="SamplingException">The model gave logits that no token can be chosen from.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public JsonGenerationResult<T> CompleteJson<T>(
        ReadOnlySpan<LlamaToken> prompt, JsonTypeInfo<T> type, GenerationOptions? options = null, JsonConstraint? constraint = null, CancellationToken cancellationToken = default) =>
        GenerateJson(prompt, type, options, constraint, cancellationToken).Complete();

    /// <summary>Begins to generate a value as JSON, to be streamed; the value comes at the end.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="prompt">At least one token, fewer than <see cref="LlamaContext.SequenceSize"/>. Read in place, not kept.</param>
    /// <param name="type">The type's metadata, from a source-generated JsonSerializerContext; see <see cref="JsonGrammar.FromType"/>.</param>
    /// <param name="options">How to generate; null for the defaults. <see cref="GenerationOptions.CloseAtLimit"/> gives a value at the limit too.</param>
    /// <param name="constraint">A fresh one of a grammar for the type; null for the type's own grammar.</param>
    /// <param name="cancellationToken">Ends it with an exception, within a micro-batch.</param>
    /// <exception cref="GrammarException">The type's JSON form is not known; see <see cref="JsonGrammar.FromType"/>.</exception>
    /// <exception cref="ArgumentException">No token, more than fit, or a constraint for another vocabulary.</exception>
    /// <exception cref="DecodeException">The prompt could not be computed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public JsonGeneration<T> GenerateJson<T>(
        ReadOnlySpan<LlamaToken> prompt, JsonTypeInfo<T> type, GenerationOptions? options = null, JsonConstraint? constraint = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(type);
        constraint ??= JsonGrammar.OfType(type).CreateConstraint(_table);
        return new JsonGeneration<T>(this, Generate(prompt, options, constraint, cancellationToken), constraint, type);
    }
}
