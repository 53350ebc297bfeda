using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LlamaSpan;

public sealed partial class LlamaEngine
{
    private static readonly RequestOptions s_jsonDefaults = new() { CloseAtLimit = true };

    /// <summary>Generates a value as JSON that System.Text.Json reads as its type.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    /// <param name="prompt">At least one token, fewer than <see cref="ContextSize"/>; copied.</param>
    /// <param name="type">The type's metadata, from a source-generated JsonSerializerContext; see <see cref="JsonGrammar.FromType"/>.</param>
    /// <param name="options">
    /// How to generate; null for the defaults with <see cref="GenerationOptions.CloseAtLimit"/>. A <see cref="RequestOptions.Grammar"/> takes the place of the
    /// type's own.
    /// </param>
    /// <param name="cancellationToken">Cancels the request; its sequence is free within a step.</param>
    /// <exception cref="GrammarException">The type's JSON form is not known; see <see cref="JsonGrammar.FromType"/>.</exception>
    /// <exception cref="ArgumentException">No token, too many, or the options have a constraint of their own.</exception>
    /// <exception cref="RequestException">The engine did not answer the request.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="SamplingException">The model gave logits that no token can be chosen from.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="JsonException">The text is whole but not of this type: the grammar was not made from it.</exception>
    public Task<JsonCompletion<T>> CompleteJsonAsync<T>(
        ReadOnlySpan<LlamaToken> prompt, JsonTypeInfo<T> type, RequestOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(type);
        options ??= s_jsonDefaults;
        if (options.Constraint is not null)
            throw new ArgumentException("RequestOptions.Constraint cannot be used here: the type is the constraint.", nameof(options));
        JsonConstraint constraint = (options.Grammar ?? JsonGrammar.OfType(type)).CreateConstraint(_vocabulary.Tokens);
        return Read(CompleteAsync(prompt, options with { Grammar = null, Constraint = () => constraint }, cancellationToken), constraint, type);
    }

    private static async Task<JsonCompletion<T>> Read<T>(Task<Completion> task, JsonConstraint constraint, JsonTypeInfo<T> type) =>
        JsonCompletion<T>.Of(await task.ConfigureAwait(false), constraint, type);
}
