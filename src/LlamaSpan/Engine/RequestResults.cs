using System.Collections;

namespace LlamaSpan;

/// <summary>What was computed of several texts that were handed in together: a result each, in their order, and what they cost together.</summary>
/// <typeparam name="T">A text's result.</typeparam>
public sealed class RequestResults<T> : IReadOnlyList<T>
{
    private readonly T[] _results;

    internal RequestResults(T[] results, RequestUsage usage) => (_results, Usage) = (results, usage);

    /// <summary>
    /// What they cost together: tokens are added up, times run from handing the texts in until the first was begun, and on until the last was done.
    /// </summary>
    public RequestUsage Usage { get; }

    /// <inheritdoc/>
    public int Count => _results.Length;

    /// <inheritdoc/>
    public T this[int index] => _results[index];

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_results).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
