using System.Numerics.Tensors;

namespace LlamaSpan;

/// <summary>The outputs that a step had when it was recorded, and how those of the replay differ.</summary>
/// <param name="bound">How much logits may differ, in parts of their range.</param>
/// <param name="masks">The sets of tokens that constraints allowed.</param>
internal sealed class ReplayScript(float bound, AllowedTokens[] masks)
{
    private readonly Dictionary<(long Request, int Index), RecordedOutput> _outputs = [];
    private int _step;

    /// <summary>The first difference; null for none.</summary>
    internal ReplayDifference? Difference { get; private set; }

    /// <summary>Outputs compared; draws and best tokens that rounding decided.</summary>
    internal int Compared { get; private set; }

    internal int Ties { get; private set; }

    /// <summary>The largest difference of a logit, in parts of the logits' range.</summary>
    internal float LargestError { get; private set; }

    internal void Begin(int number, RecordedStep step)
    {
        _step = number;
        _outputs.Clear();
        foreach (RecordedOutput output in step.Outputs)
            _outputs[(output.Request, output.Index)] = output;
    }

    /// <summary>Notes a difference that comes before any other of its step.</summary>
    internal void Prefer(ReplayDifference difference) => Difference = difference;

    /// <summary>Compares the outputs of a batch of texts that were embedded or ranked.</summary>
    internal void Compare(int batch, RecordedTexts recorded, float[][] outputs)
    {
        for (int text = 0; text < outputs.Length && Difference is null; text++)
        {
            float[] was = recorded.OutputOf(text), now = outputs[text];
            Compared++;
            if (was.Length != now.Length)
            {
                Difference = new ReplayDifference(batch, 0, text, $"text {text} of batch {batch}: {was.Length} floats", $"{now.Length} floats");
                return;
            }
            float range = Range(now);
            for (int i = 0; i < now.Length; i++)
            {
                float error = was[i] == now[i] ? 0 : Math.Abs(was[i] - now[i]) / range;
                LargestError = Math.Max(LargestError, error);
                if (!(error <= bound))
                    Difference ??= new ReplayDifference(batch, 0, text, $"text {text} of batch {batch}: float {i} is {was[i]}", $"{now[i]}");
            }
        }
    }

    internal void Differ(long request, int token, string expected, string got) => Difference ??= new ReplayDifference(_step, request, token, expected, got);

    /// <summary>What a request took at an index, or began with at -1; null if nothing.</summary>
    internal RecordedOutput? Take(long request, int index) => _outputs.Remove((request, index), out RecordedOutput? output) ? output : null;

    /// <summary>Ends a step: all its outputs must have come again.</summary>
    internal void End()
    {
        foreach (RecordedOutput output in _outputs.Values)
            Differ(output.Request, output.Index + 1, $"an output behind token {output.Index}", "none");
    }

    /// <summary>Compares logits with what is known of the recorded ones.</summary>
    internal void Compare(RecordedOutput recorded, ReadOnlySpan<float> logits)
    {
        Compared++;
        int best = TensorPrimitives.IndexOfMax(logits);
        if ((uint)recorded.Best >= (uint)logits.Length)
        {
            Differ(recorded.Request, recorded.Index + 1, $"best token {recorded.Best}", $"best token {best}");
            return;
        }
        float range = Range(logits), error = Math.Abs(logits[recorded.Best] - recorded.Logit) / range;
        LargestError = Math.Max(LargestError, error);
        if (!(error <= bound))
            Differ(recorded.Request, recorded.Index + 1, $"logit {recorded.Logit} of token {recorded.Best}", $"logit {logits[recorded.Best]}");
        else if (best != recorded.Best && logits[best] - logits[recorded.Best] > 2 * bound * range)
            Differ(recorded.Request, recorded.Index + 1, $"best token {recorded.Best}", $"best token {best}");
        else if (best != recorded.Best)
            Ties++;
    }

    /// <summary>Draws again. Where that gives another token, it is a tie if a change of logits within the bound gives the recorded one.</summary>
    internal void CompareDraw(RecordedOutput recorded, Sampler sampler, ReadOnlySpan<float> logits)
    {
        AllowedTokens? allowed = recorded.Mask < 0 ? null : masks[recorded.Mask];
        LlamaToken drawn = sampler.Choose(logits, allowed);
        if (drawn.Id == recorded.Drawn)
            return;
        if ((uint)recorded.Drawn < (uint)logits.Length && IsTie(recorded.Drawn, sampler, logits, allowed))
            Ties++;
        else
            Differ(recorded.Request, recorded.Index + 1, $"token {recorded.Drawn}", $"token {drawn.Id}");
    }

    private bool IsTie(int token, Sampler sampler, ReadOnlySpan<float> logits, AllowedTokens? allowed)
    {
        float[] changed = logits.ToArray();
        changed[token] += 2 * bound * Range(logits);
        return sampler.Choose(changed, allowed).Id == token;
    }

    private static float Range(ReadOnlySpan<float> logits)
    {
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        foreach (float logit in logits)
            if (float.IsFinite(logit))
                (low, high) = (Math.Min(low, logit), Math.Max(high, logit));
        return Math.Max(high - low, float.Epsilon);
    }
}
