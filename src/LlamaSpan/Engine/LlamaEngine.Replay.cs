using System.Reflection;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <content>Recording what the engine does.</content>
public sealed partial class LlamaEngine
{
    /// <summary>
    /// Begins to record what the engine does, in memory, until <see cref="StopRecordingAsync"/>: some hundred bytes a step and what the prompts
    /// take, embeddings as they are, and each different set of tokens that a constraint allows once. Nothing may run or be pinned at that moment;
    /// the cache is cleared, so that the recording stands for itself.
    /// </summary>
    /// <exception cref="InvalidOperationException">It records already, requests are running or waiting, or something is pinned.</exception>
    /// <exception cref="RequestException">The engine has stopped.</exception>
    public Task StartRecordingAsync() => Loop.Post(() =>
    {
        Loop.StartRecording();
        RecordTexts([]);
        return true;
    });

    /// <summary>Ends the recording, whatever is running.</summary>
    /// <exception cref="InvalidOperationException">It does not record.</exception>
    /// <exception cref="RequestException">The engine has stopped.</exception>
    public Task<EngineCapsule> StopRecordingAsync() => Loop.Post(() =>
    {
        EngineRecorder recorder = Loop.StopRecording();
        return new EngineCapsule(new CapsuleContent
        {
            Library = typeof(LlamaEngine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
            Llama = NativeLibraries.LlamaVersion,
            Model = Model.Description,
            ModelFingerprint = $"{Model.Fingerprint:x32}",
            CacheKey = $"{Context.Key():x32}",
            Context = Options.Context with { ContextSize = Context.Size, ThreadPool = null },
            MaxSequences = Options.MaxSequences,
            CachedSequences = Options.CachedSequences,
            CacheLayout = CacheLayout,
            TokensPerStep = Options.TokensPerStep,
            ReservedTokens = Options.ReservedTokens,
            HostMemoryBytes = Options.HostMemoryBytes,
            HasTiers = Loop.Cache.Store is not null,
            Requests = recorder.Requests,
            Steps = recorder.Steps,
            Masks = recorder.Masks,
            Texts = [.. RecordTexts(null) ?? []],
        });
    });
}
