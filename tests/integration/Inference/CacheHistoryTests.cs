using System.Globalization;
using Xunit;

namespace LlamaSpan.IntegrationTests.Inference;

/// <summary>
/// Random use of a cache of several sequences beside a list of the tokens that each should have: after each operation a token more gives the
/// logits of a fresh context, or the operation was refused and changed nothing.
/// </summary>
public sealed class CacheHistoryTests
{
    private const int Sequences = 4, Room = 120;
    private static readonly int s_steps = TestRun.IsLong ? 600 : 130;

    public static TheoryData<string, bool, bool> Models
    {
        get
        {
            TheoryData<string, bool, bool> data = [];
            foreach (string name in TestModels.Generators)
                foreach (bool unified in (bool[])[true, false])
                    data.Add(name, unified, name != "gemma2" || unified);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Each_sequence_stays_what_its_tokens_say(string name, bool unified, bool fullWindow)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        ContextOptions options = new()
        {
            ContextSize = 1024,
            MaxSequences = Sequences,
            UnifiedCache = unified,
            FullSlidingWindowCache = fullWindow,
            BatchSize = 64,
            MicroBatchSize = 32,
            Threads = 1,
            BatchThreads = 1,
            FlashAttention = FlashAttention.Off,
        };
        using LlamaContext context = model.CreateContext(options);
        using LlamaContext fresh = model.CreateContext(options with { MaxSequences = 1, FullSlidingWindowCache = true });
        using LlamaBatch batch = new(64);
        List<LlamaToken>[] texts = [.. Enumerable.Range(0, Sequences).Select(_ => new List<LlamaToken>())];
        Random random = new(7);
        for (int step = 0; step < s_steps; step++)
        {
            int at = random.Next(Sequences), other = random.Next(Sequences);
            string what = Operate(context, batch, texts, at, other, random);
            for (int i = 0; i < Sequences; i++)
                Assert.True(context.Cache.LastPosition(new Sequence(i)) == texts[i].Count - 1,
                    $"step {step}, {what}: sequence {i} ends at {context.Cache.LastPosition(new Sequence(i))}, not {texts[i].Count - 1}");
            LlamaToken next = Draw(random);
            context.Prefill(new Sequence(at), [next]);
            texts[at].Add(next);
            fresh.Cache.Clear();
            fresh.Prefill(Sequence.Zero, texts[at].ToArray());
            AssertClose(fresh.Logits(), context.Logits(), string.Create(CultureInfo.InvariantCulture, $"step {step}, {what}, sequence {at}"));
        }
    }

    private static string Operate(LlamaContext context, LlamaBatch batch, List<LlamaToken>[] texts, int at, int other, Random random)
    {
        Sequence sequence = new(at), destination = new(other);
        int kind = texts[at].Count > Room ? random.Next(2) == 0 ? 1 : 3 : random.Next(8);
        switch (kind)
        {
            case 0:
                LlamaToken[] more = [.. Enumerable.Range(0, random.Next(1, 50)).Select(_ => Draw(random))];
                context.Prefill(sequence, more);
                texts[at].AddRange(more);
                return $"{more.Length} more tokens for {at}";
            case 1:
                int keep = random.Next(texts[at].Count + 1);
                if (Try(() => context.Cache.Remove(sequence, keep)))
                    texts[at].RemoveRange(keep, texts[at].Count - keep);
                return $"{at} rolled back to {keep}";
            case 2:
                context.Cache.Remove(destination);
                texts[other].Clear();
                if (at != other && Try(() => context.Cache.Copy(sequence, destination)))
                    texts[other].AddRange(texts[at]);
                return $"{at} copied to {other}";
            case 3:
                context.Cache.Remove(sequence);
                texts[at].Clear();
                return $"{at} emptied";
            case 4:
                byte[] state = new byte[context.StateSize(sequence)];
                context.SaveState(sequence, state);
                context.LoadState(destination, state);
                if (at != other)
                    texts[other] = [.. texts[at]];
                return $"state of {at} loaded into {other}";
            case 5:
                context.Cache.Keep(sequence);
                for (int i = 0; i < Sequences; i++)
                    if (i != at)
                        texts[i].Clear();
                return $"only {at} kept";
            case 6:
                if (at == other)
                    return "nothing";
                int end = random.Next(texts[at].Count + 1);
                context.Cache.Remove(destination);
                texts[other].Clear();
                if (end > 0 && Try(() => context.Cache.Copy(sequence, destination, 0, end)))
                    texts[other].AddRange(texts[at][..end]);
                return $"{end} tokens of {at} copied to {other}";
            default:
                DecodeForAll(context, batch, texts, random);
                return $"a batch of {batch.Count} tokens for all";
        }
    }

    private static void DecodeForAll(LlamaContext context, LlamaBatch batch, List<LlamaToken>[] texts, Random random)
    {
        batch.Clear();
        for (int i = 0; i < Sequences; i++)
            for (int n = random.Next(12); n > 0; n--)
            {
                LlamaToken token = Draw(random);
                batch.Add(token, texts[i].Count, new Sequence(i));
                texts[i].Add(token);
            }
        if (batch.Count > 0)
            context.Decode(batch);
    }

    private static LlamaToken Draw(Random random) => new(random.Next(300, 500));

    private static bool Try(Action operation)
    {
        try
        {
            operation();
            return true;
        }
        catch (CacheException)
        {
            return false;
        }
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> logits, string where)
    {
        float low = float.MaxValue, high = float.MinValue, most = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            (low, high) = (Math.Min(low, expected[i]), Math.Max(high, expected[i]));
            most = Math.Max(most, Math.Abs(expected[i] - logits[i]));
        }
        Assert.True(most <= 0.02f * (high - low), $"{where}: the logits differ by {most}, of a range of {high - low}.");
    }
}
