namespace LlamaSpan;

/// <summary>Writes down what a store finds.</summary>
internal sealed class RecordingStore(IPrefixStore store, EngineRecorder recorder) : IPrefixStore
{
    internal IPrefixStore Store => store;

    public void Offer(CachedSequence sequence, string name, ReadOnlySpan<LlamaToken> tokens, long now, bool wait) => store.Offer(sequence, name, tokens, now, wait);

    public (StoredPrefix? Prefix, int Length) Find(string name, ReadOnlySpan<LlamaToken> tokens)
    {
        (StoredPrefix? Prefix, int Length) found = store.Find(name, tokens);
        recorder.Looked(found.Prefix, found.Length);
        return found;
    }

    public bool Prefetch(string name, ReadOnlySpan<LlamaToken> tokens, int have, Action done) => store.Prefetch(name, tokens, have, done);

    public bool Load(StoredPrefix prefix, Sequence sequence, long now) => store.Load(prefix, sequence, now);

    public void Dispose() => store.Dispose();
}
