using System.Text.Json;

namespace LlamaSpan;

/// <summary>
/// What an engine did between <see cref="LlamaEngine.StartRecordingAsync"/> and <see cref="LlamaEngine.StopRecordingAsync"/>: requests with their
/// tokens and seeds, each step's batch, guesses, what the tiers gave, what constraints allowed, outputs, texts embedded, and the versions it ran with.
/// It can be kept in a file and
/// run again without the requests' callers, to see whether and where something differs. It holds the prompts: keep it as you keep those.
/// </summary>
public sealed class EngineCapsule
{
    private readonly CapsuleContent _content;

    internal EngineCapsule(CapsuleContent content) => _content = content;

    /// <summary>The version of this library that recorded it.</summary>
    public string LibraryVersion => _content.Library;

    /// <summary>The version of llama.cpp that computed.</summary>
    public string LlamaVersion => _content.Llama;

    /// <summary>The model's description.</summary>
    public string ModelDescription => _content.Model;

    /// <summary>Number of requests.</summary>
    public int RequestCount => _content.Requests.Count;

    /// <summary>Number of steps.</summary>
    public int StepCount => _content.Steps.Count;

    internal CapsuleContent Content => _content;

    /// <summary>Writes it as JSON.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="cancellationToken">Stops it half-way.</param>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public Task SaveAsync(Stream stream, CancellationToken cancellationToken = default) =>
        JsonSerializer.SerializeAsync(stream, _content, CapsuleJson.Default.CapsuleContent, cancellationToken);

    /// <summary>Reads one.</summary>
    /// <param name="stream">What <see cref="SaveAsync"/> wrote.</param>
    /// <param name="cancellationToken">Stops it half-way.</param>
    /// <exception cref="CapsuleException">It is none, of another format, or damaged.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static async Task<EngineCapsule> LoadAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        CapsuleContent? content;
        try
        {
            content = await JsonSerializer.DeserializeAsync(stream, CapsuleJson.Default.CapsuleContent, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or NotSupportedException)
        {
            throw new CapsuleException($"This is no capsule: {error.Message}", error);
        }
        if (content is null || content.Format != CapsuleContent.CurrentFormat)
            throw new CapsuleException($"The capsule has format {content?.Format}; this library reads {CapsuleContent.CurrentFormat}.");
        return content.IsWhole() ? new EngineCapsule(content) : throw new CapsuleException("The capsule is damaged: something that it must hold is missing.");
    }

    /// <summary>Runs it again on a context of its own, up to the first step that differs.</summary>
    /// <param name="model">The model it was recorded with.</param>
    /// <param name="bound">
    /// How much logits may differ, as a part of their range (highest less lowest), 0 to below 1: 0 with the same threads on the same machine, else
    /// a little.
    /// </param>
    /// <param name="threads">Number of threads, 0 for the physical cores; null for as many as when it was recorded.</param>
    /// <param name="cancellationToken">Stops it between two steps.</param>
    /// <exception cref="ArgumentOutOfRangeException">Bound or threads lie outside their limits.</exception>
    /// <exception cref="CapsuleException">It was recorded with another model, or is damaged.</exception>
    /// <exception cref="ContextException">The context could not be made.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<ReplayResult> ReplayAsync(LlamaModel model, float bound = 0.002f, int? threads = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!(bound is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(bound), bound, "The bound must be at least 0 and below 1.");
        if (threads is < 0 or > LlamaThreadPool.ThreadLimit)
            throw new ArgumentOutOfRangeException(nameof(threads), threads, $"The number of threads must lie in 0..{LlamaThreadPool.ThreadLimit}.");
        if ($"{model.Fingerprint:x32}" != _content.ModelFingerprint)
            throw new CapsuleException($"The capsule was recorded with another model: {_content.Model}, fingerprint {_content.ModelFingerprint}; this is {model.Description}, {model.Fingerprint:x32}.");
        return Task.Factory.StartNew(() => Replay(model, bound, threads, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private ReplayResult Replay(LlamaModel model, float bound, int? threads, CancellationToken cancellationToken)
    {
        try
        {
            using EngineReplay replay = new(_content, model, bound, threads);
            return replay.Run(cancellationToken);
        }
        catch (Exception error) when (error is ArgumentException or DecodeException or IndexOutOfRangeException or InvalidOperationException)
        {
            throw new CapsuleException($"The capsule is damaged: {error.Message}", error);
        }
    }
}
