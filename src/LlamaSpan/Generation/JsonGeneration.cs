using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LlamaSpan;

/// <summary>A running generation of a JSON value: its pieces are enumerated once by <c>foreach</c>, then <see cref="Complete"/> gives the value.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public sealed class JsonGeneration<T>
{
    private readonly TextGenerator _generator;
    private readonly GenerationSteps _steps;
    private readonly JsonConstraint _constraint;
    private readonly JsonTypeInfo<T> _type;

    internal JsonGeneration(TextGenerator generator, GenerationSteps steps, JsonConstraint constraint, JsonTypeInfo<T> type) =>
        (_generator, _steps, _constraint, _type) = (generator, steps, constraint, type);

    /// <summary>Begins to enumerate.</summary>
    public GenerationSteps.Enumerator GetEnumerator() => _steps.GetEnumerator();

    /// <summary>Generates what is still to come, and reads the value.</summary>
    /// <exception cref="InvalidOperationException">Another generation was begun on the generator.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="SamplingException">No token can be chosen.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="JsonException">The text is whole but not of this type: the grammar was not made from it.</exception>
    public JsonGenerationResult<T> Complete()
    {
        foreach (GeneratedPiece _ in _steps)
        {
        }
        bool complete = _constraint.IsComplete || _constraint.IsEnded;
        T? value = complete ? JsonSerializer.Deserialize(_constraint.Value, _type) : default;
        return new JsonGenerationResult<T>(value, complete, Encoding.UTF8.GetString(_constraint.Text), _generator.FinishReason, _generator.Usage);
    }
}
