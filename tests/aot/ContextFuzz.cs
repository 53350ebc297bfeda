using LlamaSpan;

/// <summary>
/// Contexts with options drawn by seed, used in ways drawn by seed: each call works or throws one of our exceptions. Prints each seed
/// and the options before its round, so that whoever reads knows which one ended the process.
/// </summary>
internal static class ContextFuzz
{
    private const int Steps = 40;

    public static void Run(string path, int firstSeed, int count)
    {
        using LlamaModel model = LlamaModel.Load(path);
        for (int seed = firstSeed; seed < firstSeed + count; seed++)
        {
            Random random = new(seed);
            ContextOptions options = Options(random);
            Console.WriteLine($"seed {seed}: {options}");
            Round(model, options, random);
        }
    }

    private static void Round(LlamaModel model, ContextOptions options, Random random)
    {
        LlamaContext? context = null;
        if (!Allowed(() => context = model.CreateContext(options)) || context is null)
            return;
        byte[] state = [];
        using (context)
        using (LlamaBatch batch = new(300, 2))
        {
            for (int step = 0; step < Steps; step++)
                Allowed(() => Step(context, batch, random, ref state));
        }
    }

    private static ContextOptions Options(Random random)
    {
        int batch = Pick(random, 1, 7, 64, 300);
        bool odd = random.Next(3) == 0;
        return new ContextOptions
        {
            ContextSize = Pick(random, 0, 1, 100, 256, 512, 1000),
            BatchSize = batch,
            MicroBatchSize = random.Next(2) == 0 ? batch : 1 + random.Next(batch),
            MaxSequences = Pick(random, 1, 2, 4, 256),
            Threads = 1,
            BatchThreads = 1,
            UnifiedCache = random.Next(2) == 0,
            FlashAttention = Pick(random, FlashAttention.Auto, FlashAttention.On, FlashAttention.Off),
            KeyType = odd ? Pick(random, Enum.GetValues<CacheType>()) : CacheType.F16,
            ValueType = odd ? Pick(random, Enum.GetValues<CacheType>()) : CacheType.F16,
            FullSlidingWindowCache = random.Next(2) == 0,
            Embeddings = random.Next(3) == 0,
            Pooling = Pick(random, Pooling.FromModel, Pooling.FromModel, Pooling.None, Pooling.Mean, Pooling.Cls, Pooling.Last, Pooling.Rank),
            Attention = Pick(random, AttentionKind.FromModel, AttentionKind.FromModel, AttentionKind.Causal, AttentionKind.NonCausal),
            RopeScaling = odd ? Pick(random, Enum.GetValues<RopeScaling>()) : RopeScaling.FromModel,
            RopeFrequencyBase = odd ? Pick(random, 0, 1e-30f, 1, 1e30f) : 0,
            RopeFrequencyScale = odd ? Pick(random, 0, 1e-30f, 0.5f, 1e30f) : 0,
            YarnExtrapolation = odd ? Pick(random, -1, 0, 1, 1e30f) : -1,
            YarnAttention = odd ? Pick(random, -1, 0, 2) : -1,
            YarnBetaFast = odd ? Pick(random, -1, 0, 32) : -1,
            YarnBetaSlow = odd ? Pick(random, -1, 0, 32) : -1,
            YarnOriginalContext = odd ? Pick(random, 0, 1, 10000) : 0,
            RecurrentSnapshots = Pick(random, 0, 0, 0, 3),
            OffloadCache = random.Next(2) == 0,
            MeasurePerformance = random.Next(2) == 0,
        };
    }

    private static void Step(LlamaContext context, LlamaBatch batch, Random random, ref byte[] state)
    {
        Sequence sequence = new(random.Next(8) == 0 ? random.Next(-2, 300) : random.Next(Math.Min(context.MaxSequences, 3)));
        Sequence other = new(random.Next(Math.Min(context.MaxSequences, 3)));
        int position = random.Next(8) == 0 ? Pick(random, -1, int.MaxValue, 1 << 30) : random.Next(60);
        switch (random.Next(16))
        {
            case 0 or 1 or 2:
                context.Prefill(sequence, Tokens(context, random, Pick(random, 0, 1, 2, 30, 200, 2000)));
                break;
            case 3 or 4 or 5:
                Decode(context, batch, random, other, position);
                break;
            case 6:
                context.Cache.Remove(sequence, position, random.Next(2) == 0 ? int.MaxValue : position + random.Next(20));
                break;
            case 7:
                context.Cache.Copy(sequence, other, random.Next(3) == 0 ? position : 0, random.Next(3) == 0 ? position + random.Next(20) : int.MaxValue);
                break;
            case 8:
                context.Cache.Shift(sequence, position, random.Next(2) == 0 ? int.MaxValue : position + random.Next(20), random.Next(-40, 40));
                break;
            case 9:
                if (random.Next(2) == 0)
                    context.Cache.Keep(sequence);
                else
                    context.Cache.Remove(sequence);
                break;
            case 10:
                state = Save(context, random, sequence);
                break;
            case 11:
                Load(context, random, other, state);
                break;
            case 12:
                Touch(context.Logits(random.Next(4) == 0 ? random.Next(-5, 300) : -1));
                break;
            case 13:
                if (random.Next(2) == 0)
                    Touch(context.Embeddings(sequence));
                else
                    Touch(context.Embeddings(random.Next(-3, 60)));
                break;
            case 14:
                context.SetThreads(random.Next(0, 3), random.Next(0, 3));
                _ = context.StateSize(sequence) + context.Cache.FirstPosition(sequence) + context.MemoryBreakdown().Count;
                break;
            default:
                context.SetControlVector(new ControlVector(new float[context.Model.EmbeddingSize * Math.Max(1, context.Model.LayerCount - 1)], context.Model.EmbeddingSize),
                    random.Next(0, 4), random.Next(0, 5));
                context.ClearControlVector();
                break;
        }
    }

    private static void Decode(LlamaContext context, LlamaBatch batch, Random random, Sequence other, int position)
    {
        batch.Clear();
        for (int run = random.Next(4); run >= 0; run--)
        {
            Sequence of = new(random.Next(3));
            int at = random.Next(6) == 0 ? position : context.Cache.LastPosition(of) + 1;
            if (random.Next(5) == 0)
                batch.Add(Tokens(context, random, 1)[0], at, [of, other], random.Next(2) == 0);
            else
                batch.AddRange(Tokens(context, random, random.Next(1, 60)), at, of, random.Next(2) == 0);
        }
        if (random.Next(6) == 0)
            context.Encode(batch);
        else
            context.Decode(batch);
    }

    private static byte[] Save(LlamaContext context, Random random, Sequence sequence)
    {
        using MemoryStream stream = new();
        if (random.Next(2) == 0)
            context.SaveState(sequence, stream);
        else
            context.SaveState(stream);
        return stream.ToArray();
    }

    /// <summary>Loads a state, damaged now and then.</summary>
    private static void Load(LlamaContext context, Random random, Sequence sequence, byte[] state)
    {
        if (random.Next(3) == 0 && state.Length > 0)
            state[random.Next(state.Length)] ^= (byte)(1 << random.Next(8));
        using MemoryStream stream = new(state);
        if (random.Next(2) == 0)
            context.LoadState(sequence, stream);
        else
            context.LoadState(stream);
    }

    private static void Touch(ReadOnlySpan<float> values)
    {
        float sum = 0;
        foreach (float value in values)
            sum += value;
        GC.KeepAlive(sum);
    }

    private static LlamaToken[] Tokens(LlamaContext context, Random random, int count)
    {
        int size = context.Model.Vocabulary.Size;
        LlamaToken[] tokens = new LlamaToken[count];
        for (int i = 0; i < count; i++)
            tokens[i] = new LlamaToken(random.Next(500) == 0 ? Pick(random, -1, size, int.MaxValue) : random.Next(size));
        return tokens;
    }

    /// <summary>True if it worked; false where it was refused in words.</summary>
    private static bool Allowed(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception refusal) when (refusal is LlamaException or ArgumentException or InvalidOperationException or NotSupportedException
            && refusal.Message.Length > 15)
        {
            return false;
        }
    }

    private static T Pick<T>(Random random, params ReadOnlySpan<T> values) => values[random.Next(values.Length)];
}
