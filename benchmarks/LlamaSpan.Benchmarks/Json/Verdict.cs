namespace LlamaSpan.Benchmarks.Json;

/// <summary>What became of a schema, judged without and with the end of sequence.</summary>
internal enum Verdict
{
    /// <summary>Each valid instance accepted, each invalid one rejected.</summary>
    Passed,

    /// <summary>The grammar refused the schema, naming a keyword or the schema's fault.</summary>
    Refused,

    /// <summary>An instance that the schema admits was rejected.</summary>
    ValidRejected,

    /// <summary>An instance that the schema forbids was accepted.</summary>
    InvalidAccepted,

    /// <summary>An exception other than a refusal, or a mask and a check that disagree.</summary>
    Broken,
}
