namespace LlamaSpan;

/// <summary>Receives one whole line of llama.cpp's log; called from any thread, possibly several at once.</summary>
/// <param name="level">Severity of the line.</param>
/// <param name="line">The line without its line break.</param>
public delegate void NativeLogSink(NativeLogLevel level, string line);
