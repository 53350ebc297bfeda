using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace LlamaSpan;

/// <summary>
/// Finds what was found when it was recorded. Cells that were stored meanwhile are those of the replay; others, which a capsule does not hold,
/// are computed again.
/// </summary>
internal sealed class ReplayedStore(LlamaContext context, EngineRecorder recorder) : IPrefixStore
{
    private readonly Dictionary<int, StoredPrefix> _found = [];
    private readonly Dictionary<string, SavedSequence> _stored = [];
    private int _looks;

    /// <summary>Begins a step.</summary>
    internal void Begin(RecordedStep step)
    {
        _found.Clear();
        _looks = 0;
        foreach (RecordedFind find in step.Finds)
        {
            StoredPrefix? same = _found.Values.FirstOrDefault(prefix => EngineRecorder.Ids(prefix.Tokens).SequenceEqual(find.Tokens));      // looked for twice
            _found[find.Look] = same ?? new StoredPrefix("", [.. find.Tokens.Select(id => new LlamaToken(id))], find.Peak);
        }
    }

    public void Offer(CachedSequence sequence, string name, ReadOnlySpan<LlamaToken> tokens, long now, bool wait)
    {
        string key = KeyOf(tokens);
        if (!_stored.ContainsKey(key) && SavedSequence.Save(context, sequence, int.MaxValue) is { } saved)
            _stored.Add(key, saved);
    }

    public (StoredPrefix? Prefix, int Length) Find(string name, ReadOnlySpan<LlamaToken> tokens)
    {
        StoredPrefix? prefix = _found.GetValueOrDefault(_looks++);
        int length = prefix is null ? 0 : prefix.Tokens.AsSpan().CommonPrefixLength(tokens);
        recorder.Looked(prefix, length);
        return (prefix, length);
    }

    public bool Prefetch(string name, ReadOnlySpan<LlamaToken> tokens, int have, Action done) => false;      // what came of it is recorded

    public bool Load(StoredPrefix prefix, Sequence sequence, long now)
    {
        if (_stored.TryGetValue(KeyOf(prefix.Tokens), out SavedSequence? saved))
            context.LoadState(sequence, saved.Bytes);
        else
            context.Prefill(sequence, prefix.Tokens);
        return true;
    }

    public void Dispose()
    {
        foreach (SavedSequence saved in _stored.Values)
            saved.Dispose();
        _stored.Clear();
    }

    private static string KeyOf(ReadOnlySpan<LlamaToken> tokens) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(tokens)));
}
