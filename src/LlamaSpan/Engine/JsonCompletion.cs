using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LlamaSpan;

/// <summary>A value that an engine generated as JSON; converts to the value itself.</summary>
/// <typeparam name="T">Its type.</typeparam>
/// <param name="Value">The value; default where the text was not completed.</param>
/// <param name="IsComplete">
/// Whether the text is a whole JSON value. False only where <see cref="GenerationOptions.MaxTokens"/>, the context or a stop string ended it
/// before; the text is then the beginning of a valid one. <see cref="GenerationOptions.CloseAtLimit"/> avoids that.
/// </param>
/// <param name="Text">The text generated.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="Usage">What it cost.</param>
public sealed record JsonCompletion<T>(T? Value, bool IsComplete, string Text, FinishReason FinishReason, RequestUsage Usage)
{
    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">The text was not completed.</exception>
    public static implicit operator T(JsonCompletion<T> answer) => answer.IsComplete
        ? answer.Value!
        : throw new InvalidOperationException($"The JSON was not completed ({answer.FinishReason}): {answer.Text}");

    internal static JsonCompletion<T> Of(Completion completion, JsonConstraint constraint, JsonTypeInfo<T> type)
    {
        bool complete = constraint.IsComplete || constraint.IsEnded;
        T? value = complete ? JsonSerializer.Deserialize(constraint.Value, type) : default;
        return new JsonCompletion<T>(value, complete, completion.Text, completion.FinishReason, completion.Usage);
    }
}
