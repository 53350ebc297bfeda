namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>Text that people wrote: sections of prose of llama.cpp's own documentation, with their headings, always the same ones.</summary>
internal static class RealPassages
{
    /// <summary>Passages of one question.</summary>
    public const int PerQuestion = 6;

    /// <summary>Questions that there are.</summary>
    public const int Questions = 50;

    private const int Shortest = 600, Longest = 1100;

    // where a question's passages stood when they were cached, and where they stand when it is asked: none at its old place
    private static readonly int[] s_order = [3, 5, 0, 4, 1, 2];

    private static readonly Lazy<IReadOnlyList<Passage>> s_all = new(() => [.. Files().SelectMany(SectionsOf).DistinctBy(passage => passage.Text)]);

    /// <summary>A section.</summary>
    /// <param name="Title">Its heading.</param>
    /// <param name="Text">What stands below.</param>
    public readonly record struct Passage(string Title, string Text);

    /// <summary>A question over passages.</summary>
    /// <param name="Text">The question.</param>
    /// <param name="Passages">What it is asked over, in the first order.</param>
    public sealed record RealQuestion(string Text, IReadOnlyList<string> Passages)
    {
        /// <summary>The same passages, each at another place.</summary>
        public IReadOnlyList<string> Reordered => [.. s_order.Select(i => Passages[i])];
    }

    /// <summary>All passages.</summary>
    public static IReadOnlyList<Passage> All => s_all.Value;

    /// <summary>A question about one of six passages; its number from 0 to <see cref="Questions"/> less 1.</summary>
    public static RealQuestion Question(int number)
    {
        // strides without a common divisor, so that the passages of a question are of different files and few questions share two
        Passage[] passages = [.. Enumerable.Range(0, PerQuestion).Select(i => All[((number * 7) + (i * 17)) % All.Count])];
        return new RealQuestion($"What does the text say about {passages[number % PerQuestion].Title}?", [.. passages.Select(passage => passage.Text)]);
    }

    private static IEnumerable<string> Files() =>
        Directory.GetFiles(Repository.PathOf("native/llama.cpp"), "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    private static IEnumerable<Passage> SectionsOf(string file)
    {
        string title = "";
        List<string> lines = [];
        bool isCode = false;
        foreach (string line in File.ReadLines(file).Append("# "))
        {
            isCode ^= line.StartsWith("```", StringComparison.Ordinal);
            if (isCode || !line.StartsWith('#'))
            {
                lines.Add(line.TrimEnd());
                continue;
            }
            string text = string.Join('\n', lines).Trim();
            // no code and no tables
            if (text.Length is >= Shortest and <= Longest && !text.Contains("```", StringComparison.Ordinal) && !text.Contains('|'))
                yield return new Passage(title, text);
            title = line.TrimStart('#').Trim();
            lines.Clear();
        }
    }
}
