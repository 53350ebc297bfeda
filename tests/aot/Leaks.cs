using LlamaSpan;

/// <summary>Does one thing again and again, and says how much the process grew meanwhile.</summary>
internal static class Leaks
{
    private const int WarmUp = 50;

    /// <summary>Kilobytes that a number of rounds left in memory.</summary>
    public static long Grow(string what, string path, int count)
    {
        using LlamaModel? model = what is "context" or "failed-context" or "failed-template" ? LlamaModel.Load(path) : null;
        for (int i = 0; i < WarmUp; i++)
            Once(what, path, model);
        long before = ResidentKilobytes();
        for (int i = 0; i < count; i++)
            Once(what, path, model);
        return ResidentKilobytes() - before;
    }

    private static void Once(string what, string path, LlamaModel? model)
    {
        ContextOptions options = new() { ContextSize = 256, BatchSize = 64, MicroBatchSize = 64, Threads = 1, BatchThreads = 1 };
        switch (what)
        {
            case "load":
                using (LlamaModel loaded = LlamaModel.Load(path))
                using (LlamaContext context = loaded.CreateContext(options))
                    context.Prefill(Sequence.Zero, [new LlamaToken(1)]);
                break;
            case "failed-load":
                Expect<ModelLoadException>(() => LlamaModel.Load(path));
                break;
            case "cancelled-load":
                Expect<OperationCanceledException>(() => LlamaModel.Load(path, progress: new Stop()));
                break;
            case "context":
                using (LlamaContext context = model!.CreateContext(options))
                    context.Prefill(Sequence.Zero, [new LlamaToken(1)]);
                break;
            case "failed-context":
                Expect<ContextException>(() => model!.CreateContext(options with { FlashAttention = FlashAttention.Off, ValueType = CacheType.Q8_0 }));
                break;
            case "failed-template":
                Expect<ChatTemplateException>(() => Render("{% for x in messages %}", model!));
                Expect<ChatTemplateException>(() => Render("{% set n = namespace() %}{% set n.x = [n, 'a' * 10000] %}", model!));      // it holds itself
                break;
            default:
                throw new ArgumentException(what);
        }
    }

    private static ChatPrompt Render(string source, LlamaModel model)
    {
        using ChatTemplate template = ChatTemplate.Parse(source, model);
        return template.Apply([ChatMessage.User("hi")]);
    }

    private static void Expect<T>(Func<IDisposable> action)
        where T : Exception
    {
        try
        {
            action().Dispose();
        }
        catch (T)
        {
            return;
        }
        throw new InvalidOperationException($"{typeof(T).Name} was to be thrown.");
    }

    private static long ResidentKilobytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
    }

    private sealed class Stop : IProgress<float>
    {
        public void Report(float value) => throw new OperationCanceledException();
    }
}
