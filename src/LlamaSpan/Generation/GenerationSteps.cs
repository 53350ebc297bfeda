namespace LlamaSpan;

/// <summary>
/// A running generation, to be enumerated once by <c>foreach</c>; leaving the loop early stops it. After the loop
/// <see cref="TextGenerator.FinishReason"/> and <see cref="TextGenerator.Usage"/> tell how it went.
/// </summary>
public readonly struct GenerationSteps
{
    private readonly TextGenerator _generator;
    private readonly int _run;

    internal GenerationSteps(TextGenerator generator, int run) => (_generator, _run) = (generator, run);

    /// <summary>Begins to enumerate.</summary>
    public Enumerator GetEnumerator() => new(_generator, _run);

    /// <summary>Makes one step at a time.</summary>
    public ref struct Enumerator
    {
        private readonly TextGenerator _generator;
        private readonly int _run;
        private LlamaToken _token;
        private ReadOnlySpan<byte> _text;
        private float _logProbability;

        internal Enumerator(TextGenerator generator, int run) => (_generator, _run) = (generator, run);

        /// <summary>The last step; its spans are valid until the next.</summary>
        public readonly GeneratedPiece Current => new(_token, _text, _logProbability, _token.Exists ? _generator.TopTokens : default);

        /// <summary>Chooses the next token, computing the one before first.</summary>
        /// <exception cref="InvalidOperationException">Another generation was begun on the generator.</exception>
        /// <exception cref="DecodeException">A decode failed.</exception>
        /// <exception cref="SamplingException">No token can be chosen.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public bool MoveNext() => _generator.Step(_run, out _token, out _text, out _logProbability);
    }
}
