using System.Globalization;
using System.Text;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>
/// What chunk reuse loses, by how many tokens of each passage are computed anew: teacher-forced over the greedy answers of full
/// computation, questions over real text.
/// </summary>
internal sealed class LossCurve
{
    /// <summary>More than any passage has: everything is computed.</summary>
    private const int Whole = 1 << 16;

    private const int AnswerTokens = 64;

    /// <summary>Questions whose passages are computed each alone too.</summary>
    private const int QuestionsAlone = 10;

    private readonly string _model;
    private readonly int _questions;
    private readonly IReadOnlyList<Point> _together, _alone;

    private LossCurve(string model, int questions, IReadOnlyList<Point> together, IReadOnlyList<Point> alone) =>
        (_model, _questions, _together, _alone) = (model, questions, together, alone);

    /// <summary>A point of it.</summary>
    /// <param name="Recomputed">Tokens of each passage that are computed anew.</param>
    /// <param name="Divergence">Mean Kullback-Leibler divergence in nats.</param>
    /// <param name="Agreement">Share of tokens at which both find the same token most probable.</param>
    /// <param name="Moved">Share of the prompts' tokens that were moved.</param>
    public readonly record struct Point(int Recomputed, double Divergence, double Agreement, double Moved)
    {
        /// <summary>The goals of both numbers.</summary>
        public static (Goal Divergence, Goal Agreement) Goals => (Goal.AtMost(0.05), Goal.AtLeast(0.95));

        public bool IsMet => Goals.Divergence.IsMet(Divergence) && Goals.Agreement.IsMet(Agreement);
    }

    /// <summary>The fewest recomputed tokens that meet the goals with passages that were computed in a row; else the most.</summary>
    public Point Best => _together.Where(point => point.IsMet).Append(_together[^1]).First();

    /// <summary>Measures it.</summary>
    public static LossCurve Measure(RatioModel file, int threads, bool quick)
    {
        int questions = quick ? 3 : RealPassages.Questions;
        int[] recomputed = quick ? [16] : [0, 4, 8, 16, 32, 64, Whole];
        using ReorderedRag rag = new(file, threads);
        return new LossCurve(file.Name, questions, Points(rag, questions, recomputed, together: true), quick ? [] : Points(rag, QuestionsAlone, recomputed, together: false));
    }

    /// <summary>Writes it into a folder of results.</summary>
    public void Save(Machine machine)
    {
        StringBuilder text = new();
        text.Append($"# What moving documents loses, {_model} on {machine.Title}\n\n");
        text.Append("Written by `./build.sh bench ratios --only rag.loss`. Chunk reuse against full computation, teacher-forced over the latter's greedy answers\n");
        text.Append($"of at most {AnswerTokens} tokens to {_questions} questions, each over {RealPassages.PerQuestion} sections of llama.cpp's documentation that stand in another order than when they were computed:\n");
        text.Append($"one after another and the first once more behind the last, or (the first {QuestionsAlone} questions) each alone behind the system text. KL is the mean Kullback-Leibler divergence in nats, top-1 how\n");
        text.Append("often both find the same token most probable, moved the share of the prompt's tokens that were not computed but moved.\n\n");
        text.Append("| recomputed tokens of each | in a row: KL | top-1 | moved | alone: KL | top-1 | moved |\n|---:|---:|---:|---:|---:|---:|---:|\n");
        foreach ((Point together, Point alone) in _together.Zip(_alone))
            text.Append(CultureInfo.InvariantCulture, $"| {(together.Recomputed == Whole ? "all" : together.Recomputed)} | {Columns(together)} | {Columns(alone)} |\n");
        Directory.CreateDirectory(machine.Folder);
        File.WriteAllText(Path.Combine(machine.Folder, "loss.md"), text.ToString());
    }

    private static string Columns(Point point) =>
        string.Create(CultureInfo.InvariantCulture, $"{point.Divergence:0.0000} | {point.Agreement:0.0 %} | {point.Moved:0.0 %}");

    private static List<Point> Points(ReorderedRag rag, int questions, int[] recomputed, bool together)
    {
        double[] divergence = new double[recomputed.Length], agreed = new double[recomputed.Length], moved = new double[recomputed.Length];
        double tokens = 0, length = 0;
        for (int question = 0; question < questions; question++)
        {
            ReorderedRag.RealPrompt prompt = rag.Warm(question, together);
            LlamaToken[] answer = rag.Answer(prompt, AnswerTokens);
            IReadOnlyList<ChunkLoss> losses = rag.Losses(prompt, answer, recomputed);
            for (int i = 0; i < recomputed.Length; i++)
            {
                divergence[i] += losses[i].Divergence * losses[i].Tokens;
                agreed[i] += losses[i].Agreement * losses[i].Tokens;
                moved[i] += losses[i].MovedTokens;
            }
            tokens += answer.Length;
            length += prompt.Tokens.Length;
            if (question % 5 == 4)       // it takes minutes
                Console.WriteLine($"{question + 1} questions, passages computed {(together ? "in a row" : "alone")}: {string.Join("; ", Means().Select(point => FormattableString.Invariant($"{point.Recomputed} {point.Divergence:0.0000} {point.Agreement:0.000}")))}");
        }
        return Means();

        List<Point> Means() => [.. recomputed.Select((count, i) => new Point(count, divergence[i] / tokens, agreed[i] / tokens, moved[i] / length))];
    }
}
