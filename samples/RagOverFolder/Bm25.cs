using System.Text.RegularExpressions;

namespace RagOverFolder;

/// <summary>
/// Ranks texts by the words they share with a question: Okapi BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25
/// and Beyond, 2009, equation 3.15), with the idf that never falls below zero, ln(1 + (N - n + 0.5) / (n + 0.5)).
/// </summary>
sealed partial class Bm25
{
    /// <summary>How soon more of the same word stops to count: k1 in the formula, 1.2 by custom.</summary>
    const double Saturation = 1.2;

    /// <summary>How much long texts are held back, 0 to 1: b in the formula, 0.75 by custom.</summary>
    const double LengthNormalisation = 0.75;

    readonly Dictionary<string, int>[] _counts;
    readonly int[] _lengths;
    readonly double _averageLength;
    readonly Dictionary<string, int> _textsWith = [];

    /// <summary>Counts the words of the texts.</summary>
    public Bm25(IReadOnlyList<string> texts)
    {
        _counts = new Dictionary<string, int>[texts.Count];
        _lengths = new int[texts.Count];
        for (int i = 0; i < texts.Count; i++)
        {
            _counts[i] = Words(texts[i]).CountBy(word => word).ToDictionary();
            _lengths[i] = _counts[i].Values.Sum();
            foreach (string word in _counts[i].Keys)
                _textsWith[word] = _textsWith.GetValueOrDefault(word) + 1;
        }
        _averageLength = texts.Count == 0 ? 0 : _lengths.Average();
    }

    /// <summary>Indexes of the texts, the best for the question first; equal ones in their own order.</summary>
    public int[] Rank(string question) =>
        [.. Enumerable.Range(0, _counts.Length).OrderByDescending(i => Score(i, question))];

    /// <summary>How well a text fits a question; 0 where they share no word.</summary>
    public double Score(int text, string question)
    {
        double score = 0;
        foreach (string word in Words(question).Distinct())
        {
            if (!_counts[text].TryGetValue(word, out int count))
                continue;
            int n = _textsWith[word];
            double idf = Math.Log(1 + (_counts.Length - n + 0.5) / (n + 0.5));
            double length = 1 - LengthNormalisation + LengthNormalisation * _lengths[text] / _averageLength;
            score += idf * count * (Saturation + 1) / (count + Saturation * length);
        }
        return score;
    }

    static IEnumerable<string> Words(string text) => Word().Matches(text.ToLowerInvariant()).Select(match => match.Value);

    [GeneratedRegex(@"[\p{L}\p{N}]+")]
    private static partial Regex Word();
}
